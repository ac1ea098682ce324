"""Records that were given back: they come again in their time, and nothing of their key overtakes them."""

from __future__ import annotations

from math import inf

from punctuald.model import Message
from punctuald.source.log.returned_records import ReturnedRecords, offsets_by_partition


def record(offset: int, key: str | None = "a", partition: str = "0") -> Message:
    return Message(f"{partition}/{offset}", "t", "", f"1:{offset}", 0, 0, group=key, partition=partition, offset=offset)


def offsets(messages: list[Message]) -> list[int | None]:
    return [message.offset for message in messages]


def test_a_record_comes_again_when_its_time_has_come_with_one_receive_more() -> None:
    returned = ReturnedRecords()
    returned.give_back(record(0).again(), 10.0)
    assert (returned.take(9, 9.9), returned.next_due_mono()) == ([], 10.0)
    [again] = returned.take(9, 10.0)
    assert (again.offset, again.receive_count, again.repeats) == (0, 2, 0)
    assert (len(returned), returned.next_due_mono()) == (0, inf)


def test_behind_a_record_that_waits_its_key_waits_and_no_other() -> None:
    returned = ReturnedRecords()
    returned.give_back(record(0), 10.0)
    came = [record(1), record(2, "b"), record(3, None), record(4), record(5, "a", partition="1")]
    assert offsets(returned.pass_on(came)) == [2, 3, 5]
    assert offsets(returned.take(9, 10.0)) == [0, 1, 4]


def test_a_key_that_waits_comes_in_the_order_of_its_offsets_whatever_it_was_given_back_in() -> None:
    returned = ReturnedRecords()
    for offset in (4, 2, 3):
        returned.give_back(record(offset), 0.0)
    assert offsets(returned.take(2, 0.0)) == [2, 3]
    assert offsets(returned.take(2, 0.0)) == [4]


def test_a_later_record_that_is_due_waits_for_an_earlier_one_that_is_not() -> None:
    returned = ReturnedRecords()
    returned.give_back(record(1), 0.0)
    returned.give_back(record(0), 10.0)
    assert (returned.take(9, 5.0), returned.next_due_mono()) == ([], 10.0)
    assert offsets(returned.take(9, 10.0)) == [0, 1]


def test_records_without_a_key_hold_up_nothing() -> None:
    returned = ReturnedRecords()
    returned.give_back(record(0, None), 10.0)
    returned.give_back(record(1, None), 0.0)
    assert offsets(returned.take(9, 0.0)) == [1]
    assert offsets(returned.pass_on([record(2, None)])) == [2]


def test_an_empty_key_is_a_key() -> None:
    returned = ReturnedRecords()
    returned.give_back(record(0, ""), 10.0)
    assert offsets(returned.pass_on([record(1, ""), record(2, None)])) == [2]


def test_what_is_of_a_partition_that_went_is_forgotten() -> None:
    returned = ReturnedRecords()
    for each in (record(0), record(1), record(0, "b", "1")):
        returned.give_back(each, 0.0)
    assert returned.counts() == {"0": 2, "1": 1}
    returned.forget({"0"})
    assert (len(returned), returned.counts()) == (1, {"1": 1})
    assert [message.partition for message in returned.take(9, 0.0)] == ["1"]


def test_offsets_are_told_by_partition() -> None:
    assert offsets_by_partition([record(3), record(1, partition="1"), record(2)]) == {"0": [3, 2], "1": [1]}
