"""Between a client and AWS's services: it answers some operations with a refusal, as a policy would, and hands on the
others."""

from __future__ import annotations

from collections.abc import Mapping

from doubles.source.proxy import Answer, Proxy, operation_of, refusal


class DenyingProxy(Proxy):
    """``refused`` are codes by operation, such as ``{"Scan": "AccessDeniedException"}``; ``asked`` are the operations
    that came."""

    def __init__(self, behind: str, refused: Mapping[str, str]) -> None:
        super().__init__(behind)
        self.asked: list[str] = []
        self._refused = refused

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        operation = operation_of(headers)
        self.asked.append(operation)
        if code := self._refused.get(operation):
            return refusal(400, code)
        return self.pass_on(headers, body)
