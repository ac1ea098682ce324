"""The difference of two clocks, from headers that count whole seconds."""

from __future__ import annotations

from math import floor
from random import Random

import pytest

from punctuald.policy.receive.clock_offset import ClockOffset, after_answer

START_UTC = 1_700_000_000.0


class Broker:
    """Answers on a clock that is ``ahead_seconds`` off ours; ``way_seconds`` there and as long back."""

    def __init__(self, ahead_seconds: float, seed: int = 1) -> None:
        self.ahead_seconds = ahead_seconds
        self.random = Random(seed)  # noqa: S311 - nothing secret
        self.now_mono = 0.0
        self.offset = ClockOffset()

    def answer(self, waits_seconds: float = 0.0, way_seconds: float = 0.01, after_seconds: float = 0.0) -> None:
        """``waits_seconds``: of a long poll."""
        self.now_mono += after_seconds or self.random.uniform(0.1, 2.0)
        asked_utc = START_UTC + self.now_mono
        made_utc = asked_utc + way_seconds + waits_seconds
        answered_utc = made_utc + way_seconds
        self.now_mono = answered_utc - START_UTC
        self.offset = after_answer(
            self.offset,
            float(floor(made_utc + self.ahead_seconds)),
            asked_utc=asked_utc,
            answered_utc=answered_utc,
            now_mono=self.now_mono,
        )

    @property
    def error_seconds(self) -> float:
        return abs(self.offset.seconds - self.ahead_seconds)


AHEAD = [0.0, 0.3, -0.7, 300.0, -299.5]


def test_nothing_is_known_before_the_first_answer() -> None:
    assert (ClockOffset().is_known, ClockOffset().seconds) == (False, 0.0)


@pytest.mark.parametrize("ahead_seconds", AHEAD)
@pytest.mark.parametrize("seed", range(5))
def test_the_first_answers_are_right_to_half_a_second_and_a_hundred_to_fifty_milliseconds(
    ahead_seconds: float, seed: int
) -> None:
    broker = Broker(ahead_seconds, seed)
    for _ in range(100):
        broker.answer()
        assert broker.error_seconds <= 0.52
    assert broker.error_seconds <= 0.05


def test_long_polls_tell_as_much_where_their_messages_come_at_any_moment() -> None:
    broker = Broker(300.0)
    for _ in range(100):
        broker.answer(waits_seconds=broker.random.uniform(0, 4))
        broker.answer()  # a deletion
    assert broker.error_seconds <= 0.05


def test_a_slow_answer_does_no_harm() -> None:
    broker = Broker(-300.0)
    for number in range(200):
        broker.answer(way_seconds=0.8 if number % 3 == 0 else 0.005)
    assert broker.error_seconds <= 0.05


@pytest.mark.parametrize("set_by_seconds", [-300.0, -2.0, 2.0, 300.0])
def test_a_clock_that_was_set_is_believed_at_once(set_by_seconds: float) -> None:
    broker = Broker(10.0)
    for _ in range(150):
        broker.answer()
    broker.ahead_seconds += set_by_seconds
    broker.answer()
    assert broker.error_seconds <= 0.52
    for _ in range(100):
        broker.answer()
    assert broker.error_seconds <= 0.05


def test_clocks_that_drift_apart_are_followed() -> None:
    broker = Broker(0.0)
    for _ in range(3 * 3600):
        broker.answer(after_seconds=1.01)
        broker.ahead_seconds = broker.now_mono * 20e-6
        if broker.now_mono > 200:
            assert broker.error_seconds <= 0.08
