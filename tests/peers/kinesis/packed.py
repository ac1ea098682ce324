"""Several user records in one, as the Kinesis Producer Library packs them.

https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md, written byte by byte and not with
what reads it in the daemon: two that share a mistake agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

MAGIC = b"\xf3\x89\x9a\xc2"
TEXT_OR_BYTES = 2  # protobuf's wire type of what has a length
NUMBER = 0
KEY_TABLE, RECORDS = 1, 3  # fields of AggregatedRecord
KEY_INDEX, DATA = 1, 3  # fields of Record


def packed(records: Sequence[tuple[str, bytes]]) -> bytes:
    """The data of one record of the stream, from the partition key and the data of each user record."""
    keys = list(dict.fromkeys(key for key, _ in records))
    body = b"".join(
        [
            *(_field(KEY_TABLE, key.encode()) for key in keys),
            *(_field(RECORDS, b"".join(_record(keys.index(key), data))) for key, data in records),
        ]
    )
    return MAGIC + body + hashlib.md5(body, usedforsecurity=False).digest()


def _record(key_index: int, data: bytes) -> Iterator[bytes]:
    yield _number(KEY_INDEX << 3 | NUMBER) + _number(key_index)
    yield _field(DATA, data)


def _field(field: int, value: bytes) -> bytes:
    return _number(field << 3 | TEXT_OR_BYTES) + _number(len(value)) + value


def _number(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more come."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
