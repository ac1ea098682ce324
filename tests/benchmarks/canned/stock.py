"""Messages with ids of their own, put together from pieces that are made before the first request."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson

HANDLE_PADDING = "AQEB" + "r" * 290  # a receipt handle of SQS has several hundred characters, and comes back in deletes
# SQS sends nothing that has not been asked for. With SentTimestamp come the others that consumers ask for.
SENT = (
    b',"Attributes":{"SentTimestamp":"%d","ApproximateReceiveCount":"1",'
    b'"ApproximateFirstReceiveTimestamp":"%d","SenderId":"AIDABENCH"}'
)


class Stock:
    """An endless supply of messages; each body comes again after all others."""

    def __init__(self, bodies: Sequence[str]) -> None:
        self._pieces = [_piece(body) for body in bodies]
        self.handed = 0

    def take(self, count: int, sent_ms: int | None) -> bytes:
        """The next ``count`` messages as the inside of a JSON list; with their sending time where it is wanted."""
        first, pieces = self.handed, self._pieces
        variety = len(pieces)
        self.handed = first + count
        attributes = b"" if sent_ms is None else SENT % (sent_ms, sent_ms)
        return b",".join([pieces[n % variety] % (n, n, attributes) for n in range(first, first + count)])


def _piece(body: str) -> bytes:
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    text = orjson.dumps(body).replace(b"%", b"%%")
    return (
        b'{"MessageId":"00000000-0000-4000-9000-%%012x","ReceiptHandle":"%b%%012x","MD5OfBody":"%b","Body":%b%%b}'
        % (HANDLE_PADDING.encode(), digest.encode(), text)
    )
