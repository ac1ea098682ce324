"""Four shards without an end, put together from pieces that are made before the first request."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence

import orjson

STREAM = "bench"
SHARDS = tuple(f"shardId-{number:012d}" for number in range(4))
KEYS = 2_500
"""Of each shard, as of so many devices. Of a key one record is in a handler at a time, so with a few keys a batch of
500 has a few."""

PADDING = "x" * 150
FIRST_SEQUENCE_NUMBER = 49590338271490256608559692538361571095921575989136588898
"""Of as many digits as Kinesis has."""

AGE_SECONDS = 60


class CannedShard:
    """Record number n has the sequence number `FIRST_SEQUENCE_NUMBER` + n, JSON of some 200 bytes, and a key of this
    shard's; keys take turns, and each body comes again after all others."""

    def __init__(self, name: str) -> None:
        arrived_utc = round(time.time() - AGE_SECONDS, 3)
        self._pieces = [_piece(number, f"key-{name[-1]}-{number}", arrived_utc) for number in range(KEYS)]

    def read(self, first: int, count: int) -> bytes:
        """Records from number ``first`` on as the inside of a JSON list."""
        pieces, number = self._pieces, FIRST_SEQUENCE_NUMBER
        return b",".join([pieces[n % KEYS] % (number + n) for n in range(first, first + count)])


def _piece(number: int, key: str, arrived_utc: float) -> bytes:
    data = base64.b64encode(orjson.dumps({"number": number, "key": key, "padding": PADDING}))
    record = {"Data": data.decode(), "PartitionKey": key, "ApproximateArrivalTimestamp": arrived_utc}
    return orjson.dumps({**record, "SequenceNumber": "%d"})


def records_up_to(checkpoints: Sequence[str]) -> int:
    """How many are done where shards have these: a sequence number, or a word of a beginning."""
    return sum(int(word) - FIRST_SEQUENCE_NUMBER + 1 for word in checkpoints if word.isdigit())
