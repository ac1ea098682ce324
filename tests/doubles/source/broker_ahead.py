"""A proxy before an SQS server that makes its clock another: its answers' Date is ``ahead_seconds`` off this machine's,
and it refuses signatures that are more than five minutes off, in SQS's words."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import orjson

from doubles.source.proxy import Answer, ProxyHandler, pass_on

MOST_OFF_SECONDS = 300
AMZ_DATE = "%Y%m%dT%H%M%SZ"


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

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        operation = headers["x-amz-target"].partition(".")[2]
        signed = datetime.strptime(headers["x-amz-date"], AMZ_DATE).replace(tzinfo=UTC)
        now = self.now()
        if abs((now - signed).total_seconds()) > MOST_OFF_SECONDS:
            self.refused.append(operation)
            text = f"Signature expired: {headers['x-amz-date']} is now earlier than {now:{AMZ_DATE}}"
            return 403, {}, orjson.dumps({"__type": "InvalidSignatureException", "message": text})
        self.taken.append(operation)
        return pass_on(self._to, headers, body)

    def _handler(self) -> type[ProxyHandler]:
        broker = self

        class Handler(ProxyHandler):
            def answer(self, headers: dict[str, str], body: bytes) -> Answer:
                return broker.answer(headers, body)

            def now_utc(self) -> float:
                return broker.now().timestamp()

        return Handler
