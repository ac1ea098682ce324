"""When handlers of a queue with a rate limit may start: the ticks of a clock that all workers share."""

from __future__ import annotations

from math import inf

import pytest

from punctuald.policy.limits.ticks import (
    PLACES,
    RateShare,
    after_early_start,
    after_starts,
    next_start_mono,
    startable,
    usable_seconds,
    with_places,
)

ALL = range(PLACES)


def share_of(rate_per_second: float, places: range = ALL, from_mono: float = 0.0) -> RateShare:
    """As a worker has it that was given these places then."""
    return with_places(RateShare(rate_per_second), rate_per_second, places, from_mono)


def test_nothing_starts_without_a_place() -> None:
    assert startable(RateShare(20.0), 100.0) == 0
    assert next_start_mono(RateShare(20.0), 100.0) == inf


def test_whoever_has_all_places_starts_one_at_each_tick() -> None:
    share = share_of(20.0)
    started = []
    for step in range(1, 2001):
        now_mono = step / 1000
        for _ in range(startable(share, now_mono)):
            started.append(now_mono)
            share = after_starts(share, 1, now_mono)
    assert len(started) == 40
    assert started[:3] == [0.05, 0.1, 0.15]


def test_whoever_has_all_places_has_a_start_at_any_time_however_rare_they_are() -> None:
    share = share_of(0.25)
    assert startable(share, 100.0) == 1
    share = after_starts(share, 1, 101.3)
    assert startable(share, 101.3) == 0
    assert next_start_mono(share, 101.3) == pytest.approx(104.0, abs=1e-5)


def test_a_tick_that_was_not_used_is_lost_and_makes_no_burst() -> None:
    assert startable(share_of(20.0), 1000.0) == 2
    assert startable(share_of(1000.0), 1000.0) == 100
    assert startable(share_of(1.0), 1000.0) == 1


def test_places_given_now_have_no_tick_of_before() -> None:
    share = share_of(1000.0, from_mono=50.0)
    assert startable(share, 50.0) == 0
    assert startable(share, 50.0105) == 10


def test_a_place_that_is_kept_loses_nothing_when_others_come_and_go() -> None:
    before = share_of(20.0, range(0, PLACES, 2))
    after = with_places(before, 20.0, range(0, PLACES, 4), 100.0)
    assert startable(before, 100.04) == startable(after, 100.04) == 1  # tick 2000, of place 20


def test_two_workers_never_start_for_the_same_tick() -> None:
    even, odd = share_of(10.0, range(0, PLACES, 2)), share_of(10.0, range(1, PLACES, 2))
    for step in range(1000):
        now_mono = 10.0 + step / 100
        assert startable(even, now_mono) + startable(odd, now_mono) <= 1 + usable_seconds(10.0) * 10.0


def test_some_of_several_starts_leave_the_later_ticks() -> None:
    share = after_starts(share_of(100.0), 3, 10.0)
    assert startable(share, 10.0) == 7
    assert startable(after_starts(share, 7, 10.0), 10.0) == 0


def test_one_that_can_not_wait_uses_the_tick_that_comes_next() -> None:
    share = after_starts(share_of(1.0), 1, 10.5)
    share = after_early_start(share, 10.5)
    assert startable(share, 11.5) == 0
    assert startable(share, 12.5) == 1


def test_another_rate_has_other_ticks() -> None:
    share = with_places(after_starts(share_of(20.0), 1, 10.0), 5.0, ALL, 10.0)
    assert startable(share, 10.1) == 0
    assert startable(share, 10.2001) == 1
    assert share.per_second == 5.0


def test_the_time_of_the_next_start_is_one_at_which_it_may_start() -> None:
    share = share_of(7.3, range(5, PLACES, 9))
    now_mono = 123_456.789
    for _ in range(50):
        now_mono = next_start_mono(share, now_mono)
        assert startable(share, now_mono) == 1
        share = after_starts(share, 1, now_mono)
