"""Packed records are unpacked as KCL unpacks them, and what only looks like one is left alone."""

from __future__ import annotations

import base64
import sys

import pytest

from doubles.kinesis.packed import packed, sealed
from punctuald.source.kinesis.reading.aggregation import PACKED_BEGIN, UserRecord, user_records
from punctuald.source.kinesis.reading.packed_format import AggregatedRecord

PARTS = [("a", b"1", None), ("b", b"", "340282366920938463463374607431768211455"), ("a", b"\x00\xff", None)]
WHOLE = packed(PARTS)


def test_the_parts_come_in_their_order_with_their_own_keys() -> None:
    assert user_records(WHOLE) == [UserRecord(*part) for part in PARTS]


def test_what_another_library_packed_is_unpacked() -> None:
    of_aws_kinesis_agg = "84mawgoBYQoBYhICMTcaBwgAGgNvbmUaDAgBEAAaBnp3w7ZsZhoJCAAaBXRocmVla3iY6ol8GU5O3gvpgAREog=="
    assert user_records(base64.b64decode(of_aws_kinesis_agg)) == [
        UserRecord("a", b"one", None),
        UserRecord("b", "zwölf".encode(), "17"),
        UserRecord("a", b"three", None),
    ]


def test_what_no_part_has_an_explicit_hash_key_is_unpacked_too() -> None:
    assert user_records(packed([("a", b"1", None)])) == [UserRecord("a", b"1", None)]


def test_a_packed_record_may_be_empty() -> None:
    assert user_records(packed([])) is None, "it has no content: KCL takes it as it is"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain",
        PACKED_BEGIN,
        PACKED_BEGIN + b"too short",
        b"\x00" + WHOLE,
        WHOLE[:-1],
        WHOLE + b"x",
        WHOLE[:20] + b"\xff" + WHOLE[21:],
        sealed(b"\xff no protobuf"),
    ],
)
def test_what_is_none_or_is_damaged_is_taken_as_it_is(data: bytes) -> None:
    assert user_records(data) is None


def test_a_part_whose_key_is_not_in_the_table_damages_the_whole() -> None:
    aggregated = AggregatedRecord()
    aggregated.partition_key_table.append("a")
    aggregated.records.add(partition_key_index=0, data=b"good")
    aggregated.records.add(partition_key_index=7, data=b"bad")
    assert user_records(sealed(aggregated.SerializeToString())) is None


def test_nothing_is_declared_that_a_handlers_own_protobuf_could_meet() -> None:
    from google.protobuf import descriptor_pool  # noqa: PLC0415 - what a handler would import

    with pytest.raises(KeyError):
        descriptor_pool.Default().FindMessageTypeByName("AggregatedRecord")
    assert not any("aws_kinesis_agg" in path for path in sys.path)
