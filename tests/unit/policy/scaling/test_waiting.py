"""What is said to wait is no more than can be known to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM, NOW_MONO, NOW_SECOND, queued
from punctuald.model import Backlog
from punctuald.policy.scaling.observation import Observation
from punctuald.policy.scaling.sensing import Look, Sensed, sense

EMPTY = Backlog(0, 0, 0, NOW_MONO - 2.0)


def counted(visible: int, seconds_ago: float) -> Backlog:
    return Backlog(visible, 0, 0, NOW_MONO - seconds_ago)


def sensed(observation: Observation, before: Look | None = None) -> Sensed:
    return sense(observation, before or Look(), window_seconds=15.0)[0]


def at_once(backlog: Backlog | None) -> Sensed:
    """200 were sent in one instant 3.5 s ago; 60 of them were received in the second before this look."""
    sent_second = NOW_SECOND - 4
    now = replace(
        CALM,
        busy_slots=8,
        newest_sent_utc=NOW_SECOND - 3.5,
        arrivals=((sent_second, 60),),
        backlog=backlog,
    )
    before = Look(NOW_MONO - 1, workers_ready=2, head_utc=NOW_SECOND - 3.5009, arrivals=())
    return sensed(now, before)


@pytest.mark.parametrize("seconds_ago", [1.0, 3.0, 9.0])
def test_after_many_were_sent_at_once_no_more_wait_than_were_counted_or_a_few_seconds_bring(seconds_ago: float) -> None:
    """The log had 4286.8 where SQS counted 141."""
    assert 141 <= at_once(counted(141, seconds_ago)).waiting_messages <= 240 + 141


def test_without_a_count_the_head_alone_speaks() -> None:
    assert at_once(None).waiting_messages == pytest.approx(60 / 0.05 * 3.5)


@pytest.mark.parametrize("backlog", [EMPTY, None])
def test_while_nobody_receives_the_age_of_the_newest_message_is_no_backlog(backlog: Backlog | None) -> None:
    """Stopping, with the queue empty, the log had 641.8 messages and a head of 12.2 s."""
    stopping = replace(queued(12.2), workers_ready=0, busy_slots=0, backlog=backlog)

    assert (sensed(stopping).waiting_messages, sensed(stopping).head_age_seconds) == (0.0, 0.0)


def test_while_nobody_receives_the_count_still_speaks() -> None:
    assert (
        sensed(replace(queued(12.2), workers_ready=0, busy_slots=0, backlog=counted(300, 2.0))).waiting_messages == 300
    )


def test_slots_that_are_filled_by_slow_handlers_are_no_backlog_where_the_queue_was_counted_empty() -> None:
    filled = replace(queued(60.0), backlog=EMPTY)

    assert sensed(filled).waiting_messages <= 80 * (2 + 5)


def test_a_burst_that_goes_on_is_met_in_full() -> None:
    """1,600 a second are sent, 160 received: 5,760 were there when it was counted, 7,200 are."""
    second = NOW_SECOND - 5
    before = replace(queued(4.6), arrivals=((second, 640),))
    now = replace(before, newest_sent_utc=NOW_SECOND - 4.5, arrivals=((second, 800),), backlog=counted(5_760, 1.0))
    look = Look(NOW_MONO - 1, workers_ready=2, head_utc=NOW_SECOND - 4.6, arrivals=before.arrivals)

    assert sensed(now, look).waiting_messages == pytest.approx(7_200, rel=0.05)


def test_a_count_that_is_a_minute_old_takes_nothing_from_what_the_head_says() -> None:
    assert sensed(replace(queued(10.0), backlog=counted(0, 60.0))).waiting_messages == 800.0


def test_what_is_sent_with_a_delay_of_its_own_is_no_backlog_while_none_is_visible() -> None:
    """All slots are busy, the newest message received was sent 20 s ago, and none had to wait."""
    delayed = replace(queued(20.0), backlog=Backlog(0, 8, 1_600, NOW_MONO - 9.0))

    assert (sensed(delayed).waiting_messages, sensed(delayed).head_age_seconds) == (0.0, 0.0)
    waiting_too = replace(delayed, backlog=Backlog(400, 8, 1_600, NOW_MONO - 9.0))
    assert sensed(waiting_too).waiting_messages >= 400


@pytest.mark.parametrize("workers_ready", [0, 2])
def test_delayed_messages_order_no_worker(workers_ready: int) -> None:
    quiet = replace(CALM, busy_slots=0, workers_ready=workers_ready, arrivals=(), newest_sent_utc=None)
    waiting = [sensed(replace(quiet, backlog=Backlog(0, 0, n, NOW_MONO))).waiting_messages for n in (0, 100_000)]
    assert waiting == [0.0, 0.0]
