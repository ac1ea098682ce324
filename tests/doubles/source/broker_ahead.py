"""A proxy before an SQS server that makes its clock another: its answers' Date is ``ahead_seconds`` off this machine's,
and it refuses signatures that are more than five minutes off, in SQS's words."""

from __future__ import annotations

import http.client
import threading
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import orjson

MOST_OFF_SECONDS = 300
AMZ_DATE = "%Y%m%dT%H%M%SZ"
NOT_PASSED_ON = frozenset({"date", "server", "connection", "content-length", "transfer-encoding"})
TIMEOUT_SECONDS = 30


class BrokerAhead:
    """``refused`` and ``taken`` are the operations of the requests so far."""

    def __init__(self, endpoint_url: str, ahead_seconds: float) -> None:
        self.ahead_seconds = ahead_seconds
        self.refused: list[str] = []
        self.taken: list[str] = []
        self._to = urlsplit(endpoint_url).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def now(self) -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.ahead_seconds, UTC)

    def answer(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        operation = headers["x-amz-target"].partition(".")[2]
        signed = datetime.strptime(headers["x-amz-date"], AMZ_DATE).replace(tzinfo=UTC)
        now = self.now()
        if abs((now - signed).total_seconds()) > MOST_OFF_SECONDS:
            self.refused.append(operation)
            text = f"Signature expired: {headers['x-amz-date']} is now earlier than {now:{AMZ_DATE}}"
            return 403, {}, orjson.dumps({"__type": "InvalidSignatureException", "message": text})
        self.taken.append(operation)
        return self._pass_on(headers, body)

    def _pass_on(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self._to, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", "/", body, {**headers, "connection": "close"})
            answer = connection.getresponse()
            kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in NOT_PASSED_ON}
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        broker = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                sent = {name.lower(): value for name, value in self.headers.items()}
                status, headers, content = broker.answer(sent, body)
                self.send_response_only(status)
                for name, value in {**headers, "date": formatdate(broker.now().timestamp(), usegmt=True)}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """What goes by is in `refused` and `taken`."""

        return Handler
