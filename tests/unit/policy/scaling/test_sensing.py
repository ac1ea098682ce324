"""Where the queue's head is, how fast messages are sent, what waits: from the sending times of what was received."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM, NOW_MONO, NOW_SECOND, queued
from punctuald.model import Arrivals, Backlog
from punctuald.policy.scaling.observation import Observation
from punctuald.policy.scaling.sensing import Look, Sensed, arrival_rate, is_full, sense


def sensed(observation: Observation, before: Look | None = None) -> Sensed:
    return sense(observation, before or Look(), window_seconds=15.0)[0]


def a_second_ago(head_utc: float, arrivals: Arrivals, fast_rate: float = 80.0) -> Look:
    return Look(NOW_MONO - 1, workers_ready=2, head_utc=head_utc, fast_rate=fast_rate, arrivals=arrivals)


def with_depth(observation: Observation, visible: int) -> Observation:
    return replace(observation, backlog=Backlog(visible, 0, 0, NOW_MONO - 10))


def test_while_all_slots_are_busy_the_head_is_as_old_as_the_newest_message_received() -> None:
    assert sensed(queued(4.0)).head_age_seconds == 4.0


def test_an_idle_slot_proves_that_nothing_waits() -> None:
    idle = replace(queued(4.0), busy_slots=4)

    assert (sensed(idle).head_age_seconds, sensed(idle).waiting_messages) == (0.0, 0.0)


def test_after_a_clock_jump_no_age_is_believed() -> None:
    assert sensed(replace(queued(3_600.0), clock_jumped=True)).head_age_seconds == 0.0


def test_a_message_from_the_future_is_no_negative_age() -> None:
    assert sensed(replace(queued(1.0), newest_sent_utc=NOW_SECOND + 5.0)).head_age_seconds == 0.0


def test_a_slot_between_two_messages_does_not_make_a_busy_pool_idle() -> None:
    wide = queued(1.0, workers=8)

    assert is_full(replace(wide, busy_slots=29), ready_before=8)
    assert not is_full(replace(wide, busy_slots=28), ready_before=8)


@pytest.mark.parametrize("ready_before", [0, 2])
def test_a_worker_that_came_since_the_last_look_proves_nothing(ready_before: int) -> None:
    grown = replace(CALM, workers_ready=4, busy_slots=4 * ready_before)

    assert is_full(grown, ready_before)
    assert not is_full(grown, ready_before=4)


def test_on_the_first_look_every_ready_worker_counts() -> None:
    assert not is_full(CALM, ready_before=None)


def test_the_rate_is_the_mean_of_the_complete_seconds_before_the_head() -> None:
    unfinished = (*CALM.arrivals, (NOW_SECOND, 9_999))

    assert arrival_rate(unfinished, NOW_SECOND + 0.9, 15.0) == 80.0


def test_while_messages_queue_the_rate_ends_at_the_head() -> None:
    assert sensed(queued(10.0)).rate == 80.0
    assert sensed(replace(queued(10.0), busy_slots=0)).rate == pytest.approx(80.0 * 5 / 15)


def test_the_first_burst_after_a_silence_is_spread_over_five_seconds() -> None:
    assert arrival_rate(((NOW_SECOND - 1, 100),), float(NOW_SECOND), 15.0) == 20.0


def test_nothing_received_is_a_rate_of_zero() -> None:
    assert arrival_rate((), float(NOW_SECOND), 15.0) == 0.0


def test_the_fast_rate_is_seen_through_the_backlog() -> None:
    """100 were received while the head moved by half a second of sending: 200 a second were sent, whatever we do."""
    before = queued(10.0)
    now = replace(before, arrivals=(*before.arrivals, (NOW_SECOND - 10, 100)), newest_sent_utc=NOW_SECOND - 9.5)

    assert sensed(now, a_second_ago(NOW_SECOND - 10.0, before.arrivals)).fast_rate == 200.0


def test_a_head_that_hardly_moved_says_very_fast_but_not_infinitely() -> None:
    before = queued(10.0)
    now = replace(before, arrivals=(*before.arrivals, (NOW_SECOND - 10, 100)), newest_sent_utc=NOW_SECOND - 9.999)

    assert sensed(now, a_second_ago(NOW_SECOND - 10.0, before.arrivals)).fast_rate == 100 / 0.05


@pytest.mark.parametrize("received", [0, 100])
def test_while_the_head_stands_still_the_fast_rate_is_what_it_was(received: int) -> None:
    before = queued(10.0)
    now = replace(before, arrivals=(*before.arrivals[:-1], (NOW_SECOND - 11, 80 + received)))

    assert sensed(now, a_second_ago(NOW_SECOND - 10.0, before.arrivals, fast_rate=77.0)).fast_rate == 77.0


def test_the_first_messages_ever_count_as_sent_within_the_tick() -> None:
    first = replace(queued(300.0), arrivals=((NOW_SECOND - 300, 10),))

    assert sensed(first, a_second_ago(float(NOW_SECOND) - 1, (), fast_rate=0.0)).fast_rate == 10.0


def test_what_a_new_autoscaler_finds_on_the_board_did_not_come_in_one_tick() -> None:
    assert sensed(queued(2.0)).fast_rate == 80.0


def test_a_second_that_left_the_window_of_arrivals_was_not_received_backwards() -> None:
    before = queued(10.0)
    now = replace(before, arrivals=before.arrivals[5:], newest_sent_utc=NOW_SECOND - 9.0)

    assert sensed(now, a_second_ago(NOW_SECOND - 10.0, before.arrivals)).fast_rate == 80.0


def test_while_slots_idle_both_rates_are_the_same() -> None:
    assert sensed(CALM).fast_rate == sensed(CALM).rate == 80.0


def test_what_waits_is_rate_times_age() -> None:
    assert sensed(queued(2.0)).waiting_messages == 160.0


def test_the_source_s_count_is_asked_where_the_queue_is_older_than_the_count() -> None:
    assert sensed(with_depth(queued(5.0), 9_999)).waiting_messages == 400.0
    assert sensed(with_depth(queued(6.0), 9_999)).waiting_messages == 9_999
    assert sensed(with_depth(queued(6.0), 5)).waiting_messages == 480.0
    assert sensed(replace(queued(6.0), backlog=None)).waiting_messages == 480.0


def test_an_idle_slot_overrules_a_count_that_may_be_a_minute_old() -> None:
    assert sensed(with_depth(CALM, 500)).waiting_messages == 0.0


@pytest.mark.parametrize("ready", [0, 1])
def test_until_a_first_worker_has_received_the_count_alone_speaks(ready: int) -> None:
    starting = replace(CALM, workers_ready=ready, busy_slots=0, arrivals=(), newest_sent_utc=None)

    assert sensed(with_depth(starting, 760), Look(NOW_MONO - 1, workers_ready=0)).waiting_messages == 760


def test_the_next_look_goes_on_from_this_one() -> None:
    now = queued(2.0)

    assert sense(now, Look(), 15.0)[1] == Look(NOW_MONO, 2, NOW_SECOND - 2.0, 80.0, now.arrivals)
    assert sense(CALM, Look(), 15.0)[1].head_utc == NOW_SECOND


def test_a_tick_is_the_time_since_the_look_before() -> None:
    assert sensed(CALM).tick_seconds == 1.0
    assert sensed(CALM, Look(NOW_MONO - 2.5, 2)).tick_seconds == 2.5
    assert sensed(CALM, Look(NOW_MONO, 2)).tick_seconds == 0.05
