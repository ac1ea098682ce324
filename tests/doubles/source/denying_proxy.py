"""Between a client and AWS's services: it answers some operations with a refusal, as a policy would, and hands on the
others."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import orjson

from doubles.source.proxy import Answer, ProxyHandler, pass_on


class DenyingProxy:
    """``refused`` are codes by operation, such as ``{"Scan": "AccessDeniedException"}``; ``asked`` are the operations
    that came."""

    def __init__(self, behind: str, refused: Mapping[str, str]) -> None:
        self.asked: list[str] = []
        self._to = urlsplit(behind).netloc
        self._refused = refused
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        operation = headers["x-amz-target"].partition(".")[2]
        self.asked.append(operation)
        if code := self._refused.get(operation):
            return 400, {"content-type": "application/x-amz-json-1.1"}, orjson.dumps({"__type": code, "message": "no"})
        return pass_on(self._to, headers, body)

    def _handler(self) -> type[ProxyHandler]:
        proxy = self

        class Handler(ProxyHandler):
            def answer(self, headers: dict[str, str], body: bytes) -> Answer:
                return proxy.answer(headers, body)

            def now_utc(self) -> float:
                return time.time()

        return Handler
