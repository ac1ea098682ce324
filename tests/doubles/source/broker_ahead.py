"""A proxy before an SQS server that makes its clock another: its answers' Date is ``ahead_seconds`` off this machine's,
and it refuses signatures that are more than five minutes off, in SQS's words."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from doubles.source.proxy import Answer, Proxy, operation_of

MOST_OFF_SECONDS = 300
AMZ_DATE = "%Y%m%dT%H%M%SZ"


class BrokerAhead(Proxy):
    """``refused`` and ``taken`` are the operations of the requests so far."""

    def __init__(self, endpoint_url: str, ahead_seconds: float) -> None:
        super().__init__(endpoint_url, ahead_seconds)
        self.refused: list[str] = []
        self.taken: list[str] = []

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        signed = datetime.strptime(headers["x-amz-date"], AMZ_DATE).replace(tzinfo=UTC)
        now = datetime.fromtimestamp(self.now_utc(), UTC)
        if abs((now - signed).total_seconds()) > MOST_OFF_SECONDS:
            self.refused.append(operation_of(headers))
            text = f"Signature expired: {headers['x-amz-date']} is now earlier than {now:{AMZ_DATE}}"
            return 403, {}, orjson.dumps({"__type": "InvalidSignatureException", "message": text})
        self.taken.append(operation_of(headers))
        return self.pass_on(headers, body)
