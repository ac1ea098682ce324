"""Records packed into one, as the Kinesis Producer Library packs them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5

from punctuald.source.kinesis.reading.aggregation import PACKED_BEGIN
from punctuald.source.kinesis.reading.packed_format import AggregatedRecord


def packed(parts: Sequence[tuple[str, bytes, str | None]]) -> bytes:
    """Of (partition key, data, explicit hash key)."""
    aggregated = AggregatedRecord()
    keys = list(dict.fromkeys(key for key, _, _ in parts))
    hash_keys = list(dict.fromkeys(hash_key for _, _, hash_key in parts if hash_key is not None))
    aggregated.partition_key_table.extend(keys)
    aggregated.explicit_hash_key_table.extend(hash_keys)
    for key, data, hash_key in parts:
        record = aggregated.records.add(partition_key_index=keys.index(key), data=data)
        if hash_key is not None:
            record.explicit_hash_key_index = hash_keys.index(hash_key)
    return sealed(aggregated.SerializeToString())


def sealed(content: bytes) -> bytes:
    """With what it begins and ends with."""
    return PACKED_BEGIN + content + md5(content, usedforsecurity=False).digest()
