"""What waits here for its handler is late, and its deadline has to know."""

from __future__ import annotations

import pytest

from punctuald.clock import ManualClock
from punctuald.model import Message, Release
from punctuald.source.log.reading import Reading
from punctuald.source.log.record_buffer import RecordBuffer


class Shop:
    """A buffer with one partition."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.buffer = RecordBuffer[Reading](self.clock, Message, full=100, room_again=50)
        self.buffer.begin(Reading("0", 1))

    def read(self, offset: int) -> None:
        """One record, sent just now."""
        now_utc = self.clock.utc()
        message = Message(str(offset), "orders", "", f"1:{offset}", now_utc, now_utc, partition="0", offset=offset)
        self.buffer.keep(self.buffer.readings["0"], [message])


def age_seconds(message: Message) -> float:
    """Which the daemon reckons its deadline by."""
    return message.received_utc - message.sent_utc


def test_what_a_record_waits_before_it_is_taken_counts_as_not_yet_received() -> None:
    shop = Shop()
    shop.read(0)
    shop.clock.advance(7)
    [message] = shop.buffer.take(10)
    assert age_seconds(message) == pytest.approx(7)


def test_what_it_waits_for_another_try_counts_too_and_leaves_the_first_delivery_as_it_was() -> None:
    shop = Shop()
    shop.read(0)
    [first] = shop.buffer.take(10)
    shop.buffer.give_back([Release(first, 5)])
    shop.clock.advance(6)
    [again] = shop.buffer.take(10)
    assert [age_seconds(first), age_seconds(again)] == pytest.approx([0, 6])


def test_it_is_received_by_the_brokers_clock_and_never_before_it_was_sent() -> None:
    shop = Shop()
    for offset, ahead_seconds, expected in ((0, 3.0, 4.0), (1, -60.0, 0.0)):
        shop.read(offset)
        shop.clock.advance(1)
        [message] = shop.buffer.take(10, ahead_seconds)
        assert age_seconds(message) == pytest.approx(expected)
