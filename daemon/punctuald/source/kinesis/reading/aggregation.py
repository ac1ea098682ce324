"""Records that the Kinesis Producer Library packed into one.

https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5 as _digest
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from .packed_format import AggregatedRecord

PACKED_BEGIN = b"\xf3\x89\x9a\xc2"
DIGEST_SIZE = 16


class UserRecord(NamedTuple):
    """One of those that were packed. ``explicit_hash_key`` is an integer in text; None where it is the key's own."""

    partition_key: str
    data: bytes
    explicit_hash_key: str | None


def user_records(data: bytes) -> Sequence[UserRecord] | None:
    """What is packed in ``data``, in its order; None where it is no packed record, and is to be taken as it is.

    So is one that is damaged, as KCL has it: what only begins like a packed record may be anything.
    """
    if not data.startswith(PACKED_BEGIN) or len(data) <= len(PACKED_BEGIN) + DIGEST_SIZE:
        return None
    packed = data[len(PACKED_BEGIN) : -DIGEST_SIZE]
    if _digest(packed, usedforsecurity=False).digest() != data[-DIGEST_SIZE:]:
        return None
    try:
        return _unpacked(AggregatedRecord.FromString(packed))
    except (DecodeError, IndexError):  # the digest is right: whoever wrote it was wrong
        return None


def _unpacked(aggregated: Any) -> list[UserRecord]:
    keys, hash_keys = list(aggregated.partition_key_table), list(aggregated.explicit_hash_key_table)
    if not hash_keys:  # as nearly always, and to ask each record costs a quarter of all this
        return [UserRecord(keys[record.partition_key_index], record.data, None) for record in aggregated.records]
    return [
        UserRecord(
            keys[record.partition_key_index],
            record.data,
            hash_keys[record.explicit_hash_key_index] if record.HasField("explicit_hash_key_index") else None,
        )
        for record in aggregated.records
    ]
