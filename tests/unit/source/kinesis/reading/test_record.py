"""What a handler sees of a record: its place, its key, and its data to the byte."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from doubles.kinesis.packed import packed
from punctuald.errors import Reject, SourceUnavailable
from punctuald.policy.leases.checkpoint import Checkpoint, checkpoint_at
from punctuald.source.kinesis.reading.record import KinesisRecord, ReadRecords, RecordReader

NOW_UTC = 1_800_000_000.0
NUMBER = "49590338271490256608559692538361571095921575989136588898"
SHARD = "shardId-000000000003"


def raw(data: bytes = b"x", **fields: Any) -> dict[str, Any]:
    """As it comes over the wire."""
    return {
        "SequenceNumber": NUMBER,
        "Data": base64.b64encode(data).decode(),
        "PartitionKey": "k",
        "ApproximateArrivalTimestamp": NOW_UTC - 5.25,
        **fields,
    }


def read(*raws: dict[str, Any]) -> ReadRecords:
    return RecordReader("orders", SHARD, "7:").read(raws, NOW_UTC)


def message(data: bytes = b"x", **fields: Any) -> KinesisRecord:
    [found] = read(raw(data, **fields)).messages
    return found


def test_a_record_is_named_by_its_place() -> None:
    record = message()
    assert (record.id, record.queue, record.partition) == (f"orders/{SHARD}/{NUMBER}", "orders", SHARD)
    assert (record.group, record.receipt_handle, record.receive_count) == ("k", f"7:{NUMBER}", 1)
    assert (record.sequence_number, record.sub_sequence_number) == (NUMBER, 0)
    assert checkpoint_at(record.offset or 0) == Checkpoint(NUMBER, 0)


def test_each_packed_one_has_a_place_of_its_own_and_its_own_key() -> None:
    records = read(raw(packed([("a", b"1", None), ("b", b"2", None), ("a", b"3", "17")]))).messages
    assert [(each.group, each.body) for each in records] == [("a", "1"), ("b", "2"), ("a", "3")]
    assert [each.id for each in records] == [f"orders/{SHARD}/{NUMBER}:{sub}" for sub in range(3)]
    assert [checkpoint_at(each.offset or 0) for each in records] == [Checkpoint(NUMBER, sub) for sub in range(3)]
    assert {each.receipt_handle for each in records} == {f"7:{NUMBER}:{sub}" for sub in range(3)}


def test_what_is_no_text_is_whole_in_the_data() -> None:
    data = bytes(range(256))
    assert message(data).data == data
    assert read(raw(packed([("k", data, None)]))).messages[0].data == data
    with pytest.raises(Reject):
        message(data).json()


def test_it_was_sent_when_it_arrived_at_kinesis_and_never_after_it_was_received() -> None:
    assert (message().sent_utc, message().received_utc) == (NOW_UTC - 5.25, NOW_UTC)
    assert message(ApproximateArrivalTimestamp=NOW_UTC + 1).sent_utc == NOW_UTC


def test_an_answer_tells_its_bytes_and_its_first_and_last_number() -> None:
    found = read(raw(b"abc", SequenceNumber="9"), raw(b"de", SequenceNumber="10"))
    assert (found.records, found.data_bytes, found.first_sequence_number, found.last_sequence_number) == (
        2,
        5,
        "9",
        "10",
    )
    assert read() == ReadRecords(0, [], "", "", 0, [])


def test_places_are_in_the_order_of_numbers_however_many_digits_they_have() -> None:
    nine, ten = read(raw(SequenceNumber="9"), raw(SequenceNumber="10")).messages
    assert (nine.offset or 0) < (ten.offset or 0)


def test_a_line_about_a_record_can_be_written() -> None:
    record = message()
    line = orjson.dumps({"shard": record.partition, "sequence_number": record.sequence_number, "id": record.id})
    assert NUMBER.encode() in line
    assert (record.offset or 0) > 2**64, "which orjson refuses: see KinesisRecord"


@pytest.mark.parametrize(
    "fields",
    [
        {"SequenceNumber": "many"},
        {"SequenceNumber": None},
        {"Data": None},
        {"Data": "x"},
        {"ApproximateArrivalTimestamp": None},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_record_that_can_not_be_read_is_an_error_and_not_left_out(fields: dict[str, Any]) -> None:
    with pytest.raises(SourceUnavailable, match="can't be read") as raised:
        read(raw(), raw(**fields))
    assert raised.value.code == "UnreadableRecord"


def test_a_record_without_a_key_is_an_error() -> None:
    damaged = raw()
    del damaged["PartitionKey"]
    with pytest.raises(SourceUnavailable, match="PartitionKey"):
        read(damaged)
