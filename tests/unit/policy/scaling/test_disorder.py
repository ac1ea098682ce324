"""Where the front of a queue is, in order or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM, NOW_SECOND
from punctuald.policy.scaling.demand import DemandState, demand
from punctuald.policy.scaling.disorder import front_of, newly_received

FULL = replace(CALM, busy_slots=8, now_utc=NOW_SECOND + 0.5)
BEFORE_UTC = NOW_SECOND - 3.0


def test_in_order_the_front_is_the_newest_message_received() -> None:
    received = ((NOW_SECOND - 2, 100), (NOW_SECOND - 3, 60))
    behind = replace(FULL, newest_sent_utc=NOW_SECOND - 1.2)
    front = front_of(behind, BEFORE_UTC, received, full=True)
    assert (front.head_utc, front.spread) == (NOW_SECOND - 1.2, 1.0)


def test_a_few_stragglers_are_no_disorder() -> None:
    received = ((NOW_SECOND - 2, 100), (NOW_SECOND - 60, 4))
    assert front_of(FULL, BEFORE_UTC, received, full=True).spread == 1.0


def test_out_of_order_the_mean_stands_for_the_front_and_the_tail_says_how_far_off_it_is() -> None:
    received = ((NOW_SECOND, 50), (NOW_SECOND - 10, 40), (NOW_SECOND - 30, 10))
    front = front_of(FULL, BEFORE_UTC, received, full=True)
    assert FULL.now_utc - front.head_utc == pytest.approx((0 * 50 + 10 * 40 + 30 * 10) / 100)
    assert front.spread == pytest.approx(30 / 7)


def test_where_a_slot_is_idle_nothing_waits_whatever_the_order() -> None:
    received = ((NOW_SECOND - 30, 100),)
    assert front_of(FULL, BEFORE_UTC, received, full=False).head_utc == FULL.now_utc


def test_only_what_was_counted_since_the_look_before_is_new() -> None:
    before = ((100, 5), (101, 7), (102, 1))
    assert newly_received(((100, 5), (101, 9), (102, 1), (103, 4)), before) == ((103, 4), (101, 2))
    assert newly_received(before, before) == ()


def test_a_minute_without_a_change_is_where_looking_back_ends() -> None:
    before = tuple((second, 1) for second in range(100))
    now = ((0, 50), *before[1:], (100, 3))
    assert newly_received(now, before) == ((100, 3),)


def test_the_slack_that_the_unlucky_need_is_not_spent() -> None:
    def asked(old_share: float) -> float:
        old = round(160 * old_share)
        before = replace(FULL, arrivals=((NOW_SECOND - 4, 160),), newest_sent_utc=NOW_SECOND - 3.0, now_mono=999.0)
        state = demand(before, DemandState(), 64)[1]
        arrivals = tuple(entry for entry in ((NOW_SECOND - 4, 160 + old), (NOW_SECOND - 2, 160 - old)) if entry[1])
        return demand(replace(FULL, arrivals=arrivals, newest_sent_utc=NOW_SECOND - 1.5), state, 64)[0].disorder

    assert asked(old_share=0.0) == 1.0
    assert asked(old_share=0.3) > 1.3
