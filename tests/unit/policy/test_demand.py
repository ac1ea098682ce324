"""What the load asks for: rate, age of the head, what waits, and the slack to drain it in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.observations import CALM as TWO_WORKERS
from doubles.observations import NOW_SECOND
from punctuald.model import Backlog
from punctuald.policy.demand import arrival_rate, demand, head_age_seconds, slack_seconds, waiting_messages

CALM = replace(TWO_WORKERS, workers_ordered=4, workers_ready=4, busy_slots=8)
FULL = replace(CALM, busy_slots=16)


def backlog(visible: int) -> Backlog:
    return Backlog(visible, 0, 0, 999.0)


def test_arrivals_ask_for_rate_times_service_over_slots() -> None:
    asked = demand(CALM)

    assert (asked.rate_per_second, asked.arrivals, asked.backlog, asked.workers) == (80.0, 2.0, 0.0, 2)


def test_a_fraction_of_a_worker_is_a_whole_one() -> None:
    assert demand(replace(CALM, mean_service_seconds=0.11)).workers == 3


def test_a_rounding_error_is_no_worker() -> None:
    assert demand(replace(CALM, mean_service_seconds=0.15)).workers == 3


def test_the_second_that_is_not_over_yet_is_not_counted() -> None:
    begun = (*CALM.arrivals[:-1], (NOW_SECOND, 9_999))

    assert arrival_rate(replace(CALM, arrivals=begun), 0.1) == 80.0


def test_while_messages_queue_the_rate_ends_at_the_newest_second_received() -> None:
    behind = tuple(entry for entry in CALM.arrivals if entry[0] <= NOW_SECOND - 10)

    queued = replace(FULL, arrivals=behind, newest_sent_second=NOW_SECOND - 10)

    assert arrival_rate(queued, 0.1) == 80.0
    assert arrival_rate(replace(queued, busy_slots=0), 0.1) == pytest.approx(80.0 * 6 / 15)


def test_the_first_burst_after_a_silence_is_spread_over_five_seconds() -> None:
    burst = replace(CALM, arrivals=((NOW_SECOND - 1, 100), (NOW_SECOND, 0)))

    assert arrival_rate(burst, 0.1) == 20.0


def test_a_slow_handler_s_rate_is_measured_over_one_service_time() -> None:
    rare = replace(CALM, arrivals=tuple((NOW_SECOND - ago, 1) for ago in (295, 200, 100, 5)))

    assert arrival_rate(rare, 300.0) == pytest.approx(4 / 300)
    assert demand(replace(rare, mean_service_seconds=300.0)).workers == 1


def test_nothing_received_is_a_rate_of_zero() -> None:
    assert arrival_rate(replace(CALM, arrivals=(), newest_sent_second=None), 0.1) == 0.0


def test_the_head_is_as_old_as_the_newest_message_received_while_all_slots_are_busy() -> None:
    late = replace(FULL, newest_sent_second=NOW_SECOND - 10)

    assert head_age_seconds(late) == pytest.approx(10.0)
    assert head_age_seconds(replace(late, busy_slots=8)) == 0.0


def test_after_a_clock_jump_no_age_is_believed() -> None:
    assert head_age_seconds(replace(FULL, newest_sent_second=NOW_SECOND - 3_600, clock_jumped=True)) == 0.0


def test_a_slot_between_two_messages_does_not_make_a_busy_pool_idle() -> None:
    wide = replace(CALM, workers_ready=8, workers_ordered=8)

    assert replace(wide, busy_slots=29).full
    assert not replace(wide, busy_slots=28).full


def test_without_a_depth_what_waits_is_rate_times_age() -> None:
    assert waiting_messages(replace(FULL, backlog=None), rate=80.0, age_seconds=2.0) == 160.0


def test_the_source_s_count_is_taken_where_it_is_more() -> None:
    assert waiting_messages(replace(FULL, backlog=backlog(500)), rate=80.0, age_seconds=2.0) == 500.0
    assert waiting_messages(replace(FULL, backlog=backlog(5)), rate=80.0, age_seconds=2.0) == 160.0


def test_an_idle_slot_overrules_a_count_that_may_be_a_minute_old() -> None:
    assert waiting_messages(replace(CALM, backlog=backlog(500)), rate=80.0, age_seconds=0.0) == 0.0


def test_before_the_first_worker_is_ready_the_depth_alone_speaks() -> None:
    starting = replace(
        CALM, workers_ready=0, busy_slots=0, arrivals=(), newest_sent_second=None, mean_service_seconds=None
    )

    asked = demand(replace(starting, backlog=backlog(760)))

    assert asked.waiting_messages == 760
    assert asked.workers == 10  # 760 messages of an assumed 0.1 s in 3 - 0.1 - 1 seconds: 40 slots


def test_the_backlog_is_drained_within_the_tier_s_slack() -> None:
    asked = demand(replace(FULL, backlog=backlog(1_520)))

    assert asked.slack_seconds == pytest.approx(1.9)
    assert asked.backlog == pytest.approx(20.0)


def test_a_longer_tier_spends_its_slack_instead_of_workers() -> None:
    assert demand(replace(FULL, backlog=backlog(1_520), threshold_seconds=60.0)).workers == 3


def test_a_waiting_message_never_asks_for_more_than_one_slot() -> None:
    hopeless = replace(FULL, arrivals=(), mean_service_seconds=30.0, backlog=backlog(12))

    assert demand(hopeless).slack_seconds == 0.0
    assert demand(hopeless).backlog == 3.0


def test_the_slack_shrinks_towards_a_tighter_tier() -> None:
    batch = replace(FULL, threshold_seconds=60.0, next_threshold_seconds=3.0)

    slacks = [slack_seconds(replace(batch, seconds_to_next_edge=edge), 0.1) for edge in (600.0, 57.0, 20.0, 0.0)]

    assert slacks == pytest.approx([58.9, 58.9, 21.9, 1.9])


def test_the_slack_does_not_grow_before_a_wider_tier() -> None:
    peak = replace(FULL, next_threshold_seconds=60.0, seconds_to_next_edge=0.5)

    assert slack_seconds(peak, 0.1) == pytest.approx(1.9)


def test_nobody_asks_for_workers_when_nothing_happens() -> None:
    assert demand(replace(CALM, busy_slots=0, arrivals=(), newest_sent_second=None)).workers == 0
