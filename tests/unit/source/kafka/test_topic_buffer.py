"""What is here of a topic: each record is handed out once, in the order of its key, and done in its own assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from confluent_kafka import Message as RawRecord

from doubles.kafka.records import record
from doubles.limited_log import limited_log
from punctuald.clock import ManualClock
from punctuald.model import Message, Release
from punctuald.source.kafka.partitions.record import RecordReader
from punctuald.source.kafka.partitions.topic_buffer import FULL, ROOM_AGAIN, TopicBuffer
from punctuald.source.log.record_buffer import MOST_IN_HAND, MOST_RETURNED


class Shop:
    """A buffer with partitions 0 and 1 in assignments 1 and 2."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.buffer = TopicBuffer(RecordReader("orders", self.clock, limited_log(self.clock)), self.clock)
        self.buffer.gain({0: 1, 1: 2})

    def take(self, *records: RawRecord, most: int = 500) -> list[Message]:
        """What there is to handle, once these came."""
        self.buffer.arrived(records)
        return self.buffer.take(most)

    def back(self, message: Message, after_seconds: int = 0) -> None:
        assert self.buffer.give_back([Release(message, after_seconds)]) == []


def offsets(messages: Sequence[Message]) -> list[int | None]:
    return [message.offset for message in messages]


def test_records_come_out_once_in_their_order() -> None:
    shop = Shop()
    assert offsets(shop.take(record(0), record(1), record(7, 1), most=2)) == [0, 1]
    assert offsets(shop.take(record(2))) == [7, 2]
    assert shop.take() == []


def test_each_partition_is_done_as_far_as_its_own_row_is_unbroken() -> None:
    shop = Shop()
    first, second, third, other = shop.take(record(0), record(1), record(5), record(7, 1))
    assert shop.buffer.done([second, other]) == []
    assert shop.buffer.checkpoints() == {0: (1, 0), 1: (2, 8)}
    assert shop.buffer.done([first, first, third]) == []
    assert shop.buffer.checkpoints() == {0: (1, 6), 1: (2, 8)}


def test_what_waits_in_the_buffer_is_not_done() -> None:
    shop = Shop()
    [first] = shop.take(record(0), record(1), most=1)
    shop.buffer.done([first])
    assert shop.buffer.checkpoints()[0] == (1, 1)


def test_a_record_that_was_given_back_is_not_overtaken_by_what_was_read_already() -> None:
    shop = Shop()
    [first] = shop.take(record(0, key=b"a"), record(1, key=b"a"), record(2, key=b"b"), most=1)
    shop.back(first, 5)
    assert offsets(shop.take(record(3, key=b"a"))) == [2]
    assert shop.buffer.due_within_seconds() == 5.0
    shop.clock.advance(5.0)
    assert shop.buffer.has_ready
    assert offsets(shop.take()) == [0, 1, 3]


def test_what_comes_a_second_time_is_not_handed_out_again() -> None:
    shop = Shop()
    shop.buffer.done(shop.take(record(0), record(1)))
    assert offsets(shop.take(record(1), record(2))) == [2]


def test_what_is_of_a_partition_that_is_not_ours_is_not_put_here() -> None:
    assert Shop().take(record(0, 5)) == []


def test_nothing_comes_of_a_partition_that_is_about_to_go_and_what_runs_of_it_still_counts() -> None:
    shop = Shop()
    first, second = shop.take(record(0), record(1))
    shop.buffer.arrived([record(2), record(7, 1)])
    shop.back(second)
    shop.buffer.let_go({"0"})
    assert offsets(shop.take(record(3))) == [7]
    assert shop.buffer.done([first]) == []
    assert 0 not in shop.buffer.checkpoints(), "its last commit is made by whoever takes it away"
    assert shop.buffer.end({"0"}) == ({0: 1}, 2)


def test_once_it_is_gone_nothing_of_it_is_ours_also_when_it_comes_back() -> None:
    shop = Shop()
    [message] = shop.take(record(0))
    shop.buffer.end({"0"})
    shop.buffer.gain({0: 3})
    for failures in (shop.buffer.done([message]), shop.buffer.give_back([Release(message)])):
        assert [(failure.code, failure.retryable) for failure in failures] == [("NotAssigned", False)]
    assert shop.buffer.checkpoints() == {}
    assert offsets(shop.take(record(0))) == [0]


def test_a_partition_that_was_gained_twice_begins_anew() -> None:
    shop = Shop()
    shop.take(record(0), record(1))
    shop.buffer.gain({0: 3})
    [message] = shop.take(record(0))
    assert shop.buffer.done([message]) == []
    assert shop.buffer.checkpoints() == {0: (3, 1)}


def test_a_handle_that_is_none_fails_alone() -> None:
    shop = Shop()
    [good] = shop.take(record(0))
    bad = Message("", "orders", "", "not-a-handle", 0, 0, partition="0")
    never = replace(good, receipt_handle="1:99", offset=99)
    failures = shop.buffer.done([bad, good, never])
    assert [failure.code for failure in failures] == ["ReceiptHandleIsInvalid"] * 2
    assert shop.buffer.checkpoints() == {0: (1, 1)}


def test_reading_on_over_nothing_to_deliver_moves_the_checkpoint_once_all_is_done() -> None:
    shop = Shop()
    [message] = shop.take(record(0))
    shop.buffer.read_up_to({0: (1, 9), 1: (2, 4)})
    assert shop.buffer.checkpoints() == {0: (1, 0), 1: (2, 4)}
    shop.buffer.done([message])
    assert shop.buffer.has_idle_partitions
    shop.buffer.read_up_to({0: (1, 9), 1: (2, 4)})
    assert shop.buffer.checkpoints() == {0: (1, 9), 1: (2, 4)}


def test_a_full_buffer_takes_nothing_more_until_it_is_nearly_empty() -> None:
    shop = Shop()
    shop.buffer.arrived([record(number) for number in range(FULL)])
    assert shop.buffer.crowded() == {"0", "1"}
    shop.take(most=FULL - ROOM_AGAIN)
    assert shop.buffer.crowded() == {"0", "1"}
    shop.take(most=1)
    assert shop.buffer.crowded() == set()


def test_a_partition_of_which_too_much_waits_is_crowded_alone() -> None:
    shop = Shop()
    first, *_ = shop.take(*(record(number, key=b"a") for number in range(MOST_RETURNED + 1)), most=1)
    shop.back(first, 60)
    assert shop.buffer.crowded() == {"0"}


def test_where_reading_stood_in_another_assignment_says_nothing_of_this_one() -> None:
    shop = Shop()
    shop.buffer.gain({0: 3})
    shop.buffer.read_up_to({0: (1, 5_000), 1: (2, 4)})
    assert shop.buffer.checkpoints() == {1: (2, 4)}


def test_what_fails_of_a_partition_that_is_about_to_go_does_not_run_here_again() -> None:
    shop = Shop()
    first, second = shop.take(record(0), record(1))
    shop.buffer.let_go({"0"})
    shop.back(second)
    assert shop.take() == []
    assert shop.buffer.done([first]) == []
    assert shop.buffer.end({"0"}) == ({0: 1}, 1)


def test_a_partition_of_which_very_much_is_in_hand_is_not_read_on() -> None:
    """Behind a head that is held, records of its key go on coming: a log does not stop giving them."""
    shop = Shop()
    for begin in range(0, MOST_IN_HAND, 500):
        in_hand = shop.take(*[record(begin + number, key=b"a") for number in range(500)])
    assert shop.buffer.crowded() == {"0"}
    shop.buffer.done(in_hand)
    assert shop.buffer.crowded() == set()
