"""What a handler sees of a record: nothing of what producers may write is lost, and not all of it is believed."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, TIMESTAMP_NOT_AVAILABLE

from captured_logs import capture_logs
from doubles.kafka.records import record
from doubles.limited_log import limited_log
from punctuald.clock import ManualClock
from punctuald.errors import Reject
from punctuald.source.kafka.partitions.record import Record, RecordReader

DAY = 86_400.0


def reader(clock: ManualClock) -> RecordReader:
    return RecordReader("orders", clock, limited_log(clock))


def read(clock: ManualClock | None = None, **fields: Any) -> Record:
    [message] = reader(clock or ManualClock()).read([record(**fields)], "3", "7:")
    return message


def at(clock: ManualClock, age_seconds: float, kind: int = TIMESTAMP_CREATE_TIME) -> tuple[int, int]:
    return kind, round((clock.utc() - age_seconds) * 1000)


def test_a_record_is_named_by_its_place() -> None:
    message = read(offset=12, partition=3, key=b"k")
    assert (message.id, message.queue, message.receipt_handle) == ("orders/3/12", "orders", "7:12")
    assert (message.partition, message.offset, message.group, message.receive_count) == ("3", 12, "k", 1)


def test_a_value_that_is_text_is_the_body_and_its_bytes_are_the_data() -> None:
    message = read(its_value='{"name": "Zoë"}'.encode())
    assert (message.body, message.data, message.json()) == (
        '{"name": "Zoë"}',
        '{"name": "Zoë"}'.encode(),
        {"name": "Zoë"},
    )


def test_a_value_that_is_no_text_is_whole_in_the_data() -> None:
    value = bytes(range(256))
    assert read(its_value=value).data == value
    with pytest.raises(Reject):
        read(its_value=value).json()


def test_no_value_is_a_tombstone_and_an_empty_one_is_not() -> None:
    gone, empty = read(its_value=None), read(its_value=b"")
    assert (gone.tombstone, gone.body, gone.data) == (True, "", b"")
    assert (empty.tombstone, empty.body, empty.data) == (False, "", b"")


def test_no_key_is_no_group_and_an_empty_key_is_one() -> None:
    assert (read(key=None).group, read(key=b"").group) == (None, "")


def test_two_keys_that_are_no_text_are_two_groups() -> None:
    one, two = read(key=b"\xff\x01").group, read(key=b"\xfe\x01").group
    assert one != two
    assert one is not None
    assert one.encode("utf-8", "surrogateescape") == b"\xff\x01"


def test_headers_are_attributes_of_a_name_that_comes_twice_the_last() -> None:
    message = read(its_headers=[("a", b"1"), ("b", None), ("a", b"2"), ("c", b"\xff")])
    assert dict(message.attributes) == {"a": "2", "b": "", "c": "\udcff"}
    assert dict(read(its_headers=None).attributes) == {}


@pytest.mark.parametrize("age", [0.0, 5.0, 30 * DAY])
def test_a_record_counts_from_when_it_was_produced(age: float) -> None:
    clock = ManualClock(utc=1_800_000_000.0)
    message = read(clock, time=at(clock, age))
    assert message.received_utc - message.sent_utc == pytest.approx(age, abs=0.001)


@pytest.mark.parametrize("kind", [TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME])
def test_no_record_is_received_before_it_was_sent(kind: int) -> None:
    clock = ManualClock(utc=1_800_000_000.0)
    message = read(clock, time=at(clock, -20.0, kind))
    assert message.sent_utc == message.received_utc


@pytest.mark.parametrize(
    "time",
    [
        pytest.param((TIMESTAMP_CREATE_TIME, 1_800_000_000), id="seconds"),
        pytest.param((TIMESTAMP_CREATE_TIME, 1), id="1"),
        pytest.param((TIMESTAMP_CREATE_TIME, -5), id="below 0"),
        pytest.param((TIMESTAMP_NOT_AVAILABLE, -1), id="none"),
        pytest.param((TIMESTAMP_CREATE_TIME, 1_800_003_600_000), id="an hour ahead"),
        pytest.param((TIMESTAMP_CREATE_TIME, 1_765_000_000_000), id="older than 400 days"),
    ],
)
def test_a_time_that_can_not_be_true_is_said_and_the_record_counts_from_its_receive(time: tuple[int, int]) -> None:
    clock = ManualClock(utc=1_800_000_000.0)
    with capture_logs() as logs:
        message = read(clock, offset=4, partition=3, time=time)
    assert message.sent_utc == message.received_utc
    [said] = logs
    assert (said["event"], said["partition"], said["offset"], said["timestamp_ms"]) == (
        "kafka.time_mistrusted",
        3,
        4,
        time[1],
    )


def test_of_a_topic_whose_times_are_wrong_there_is_one_line_and_every_five_minutes_a_count() -> None:
    clock = ManualClock()
    wrong = reader(clock)
    with capture_logs() as logs:
        wrong.read([record(number) for number in range(100)], "0", "1:")
        clock.advance(299.0)
        wrong.read([record(number) for number in range(100, 200)], "0", "1:")
        clock.advance(2.0)
        wrong.read([record(200)], "0", "1:")
    assert [entry["records"] for entry in logs] == [1, 200]


def test_the_record_itself_goes_along_to_be_copied() -> None:
    raw = record(its_headers=[("a", b"1"), ("a", None)])
    [message] = reader(ManualClock()).read([raw], "0", "1:")
    assert message.raw is raw
