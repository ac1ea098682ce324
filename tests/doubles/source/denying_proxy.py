"""Between a client and AWS's services: it answers some operations with a refusal, as a policy would, and hands on the
others."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

PASSED_ON = ("x-amz-target", "content-type", "authorization", "x-amz-date")


class DenyingProxy:
    """``refused`` are codes by operation, such as ``{"Scan": "AccessDeniedException"}``; ``asked`` are the operations
    that came."""

    def __init__(self, behind: str, refused: Mapping[str, str]) -> None:
        self.asked: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                operation = self.headers.get("x-amz-target", "").rpartition(".")[2]
                proxy.asked.append(operation)
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if code := refused.get(operation):
                    self._answer(400, b'{"__type": "%b", "message": "no"}' % code.encode())
                else:
                    self._answer(*self._from_behind(body))

            def _from_behind(self, body: bytes) -> tuple[int, bytes]:
                headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
                request = urllib.request.Request(behind, body, headers)  # noqa: S310 - a test's own server
                try:
                    with urllib.request.urlopen(request) as answer:  # noqa: S310
                        return answer.status, answer.read()
                except urllib.error.HTTPError as error:
                    with error:
                        return error.code, error.read()

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/x-amz-json-1.1")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

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
        self._server.server_close()
        self._thread.join()
