"""An operator's calls to a real server, of which a test may change some on their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from punctuald.demo.servers import REGION
from punctuald.errors import SourceError
from punctuald.queue_tools.calls import SqsCalls
from punctuald.source.sqs.errors import EndpointText, to_source_error

Parameters = Mapping[str, Any]
Answer = Mapping[str, Any]
Tamper = Callable[[Callable[[Parameters], Answer], Parameters], Answer]
"""Gets the call itself and its parameters, and gives the answer."""


class TamperedCalls(SqsCalls):
    """``made`` are the calls in their order. Nothing is waited for between attempts."""

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(REGION, endpoint_url, pause=lambda _: None)
        self.tampers: dict[str, Tamper] = {}
        self.made: list[tuple[str, Parameters]] = []

    def __call__(self, method: str, queue: str, **parameters: Any) -> Answer:
        self.made.append((method, parameters))
        call = super().__call__
        tamper = self.tampers.get(method)
        if tamper is None:
            return call(method, queue, **parameters)
        return tamper(lambda given: call(method, queue, **given), parameters)


def refused(code: str, operation: str = "SendMessageBatch") -> SourceError:
    """What a call raises that SQS refuses with this code."""
    cause = ClientError({"Error": {"Code": code, "Message": "refused"}}, operation)
    error = to_source_error(cause, EndpointText("q", "r", "e"))
    error.__cause__ = cause
    return error


def refusing_entries(is_bad: Callable[[Mapping[str, Any]], bool], *, sender_fault: bool = True) -> Tamper:
    """Of a batch call: those entries fail, the others are done."""

    def tamper(call: Callable[[Parameters], Answer], parameters: Parameters) -> Answer:
        judged = [(entry, is_bad(entry)) for entry in parameters["Entries"]]
        bad, good = ([entry for entry, found in judged if found is wanted] for wanted in (True, False))
        answer = call({**parameters, "Entries": good}) if good else {}
        failed = [{"Id": entry["Id"], "Code": "Refused", "Message": "no", "SenderFault": sender_fault} for entry in bad]
        return {**answer, "Failed": [*answer.get("Failed", ()), *failed]}

    return tamper
