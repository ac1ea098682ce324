"""What the load asks for: by its rate, by what waits, by the bursts that it had."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM, NOW_SECOND, later, queued
from punctuald.model import Backlog
from punctuald.policy.scaling.bursts import Bursts
from punctuald.policy.scaling.demand import Demand, DemandState, demand, rate_window_seconds, whole
from punctuald.policy.scaling.observation import Observation
from punctuald.policy.scaling.sensing import Look

ONE_WORKER = 40.0  # messages a second: four slots, 0.1 s each


def asked(observation: Observation, max_workers: int = 64) -> Demand:
    return demand(observation, DemandState(), max_workers)[0]


def test_arrivals_ask_for_a_little_less_than_rate_times_service_while_nothing_waits() -> None:
    # Over 15 s, 80 a second may leave half of the slack's 2.5 s behind.
    assert asked(CALM).arrivals == pytest.approx(80 * (15 - 1.25) / 15 / ONE_WORKER)
    assert asked(CALM).kept == 2


def test_what_waits_is_kept_for_as_well() -> None:
    assert asked(queued(3.0)).arrivals == pytest.approx((80 * (15 - 1.25) + 240) / 15 / ONE_WORKER)


def test_a_wide_slack_is_spent_over_a_horizon_of_five() -> None:
    wide = replace(CALM, threshold_seconds=60.5, arrivals=tuple((NOW_SECOND - ago, 80) for ago in range(90, 0, -1)))

    assert asked(wide).arrivals == pytest.approx(80 * (300 - 30) / 300 / ONE_WORKER)


def test_the_wider_the_slack_and_the_slower_the_handler_the_longer_the_rate_s_window() -> None:
    assert rate_window_seconds(2.5, 0.1) == 15.0
    assert rate_window_seconds(40.0, 0.1) == 40.0
    assert rate_window_seconds(3_600.0, 0.1) == 60.0
    assert rate_window_seconds(2.5, 300.0) == 300.0


def test_a_slow_handler_s_rate_is_measured_over_one_service_time() -> None:
    rare = replace(
        CALM, arrivals=tuple((NOW_SECOND - ago, 1) for ago in (295, 200, 100, 5)), mean_service_seconds=300.0
    )

    assert asked(rare).rate_per_second == pytest.approx(4 / 295)
    assert asked(rare).kept == 1


def test_a_backlog_is_drained_within_0_7_of_the_slack() -> None:
    assert asked(queued(10.0)).backlog == pytest.approx(800 / (0.7 * 2.5) / ONE_WORKER)


def test_what_comes_while_a_worker_starts_waits_too() -> None:
    one = queued(10.0, workers=1)  # 40 a second are more than it can do

    assert asked(one).backlog == pytest.approx((800 + 40 * 1.0) / (0.7 * 2.5) / ONE_WORKER)
    assert asked(replace(one, start_seconds=0.25)).backlog == pytest.approx(
        (800 + 40 * 0.25) / (0.7 * 2.5) / ONE_WORKER
    )


def test_a_longer_tier_spends_its_slack_instead_of_workers() -> None:
    assert asked(replace(queued(10.0), threshold_seconds=60.0)).urgent == 1


def test_a_backlog_before_a_tighter_tier_is_drained_for_that_tier() -> None:
    batch = replace(queued(10.0), threshold_seconds=60.0, next_threshold_seconds=3.0)

    assert asked(replace(batch, seconds_to_next_edge=600.0)).urgent == 1
    assert asked(replace(batch, seconds_to_next_edge=1.0)).urgent == 12


def test_nothing_waits_where_a_slot_idles() -> None:
    assert asked(replace(queued(10.0), busy_slots=4)).backlog == 0.0


class TestAHandlerSlowerThanItsThreshold:
    SLOW = replace(queued(10.0, workers=4), arrivals=(), mean_service_seconds=30.0, service_p995_seconds=60.0)

    def test_a_waiting_message_never_asks_for_more_than_one_slot(self) -> None:
        assert asked(replace(self.SLOW, backlog=Backlog(12, 0, 0, 999.0))).backlog == 4 + 3

    def test_workers_that_are_starting_are_free_for_what_waits(self) -> None:
        ordered = replace(self.SLOW, backlog=Backlog(12, 0, 0, 999.0), workers_ordered=7)

        assert asked(ordered).backlog == 4 + 3

    def test_workers_that_are_to_go_take_nothing(self) -> None:
        going = replace(self.SLOW, backlog=Backlog(12, 0, 0, 999.0), workers_ordered=2)

        assert asked(going).backlog == 2 + 3


class TestBursts:
    ONCE = replace(CALM, arrivals=((NOW_SECOND - 60, 400),), mean_service_seconds=0.2)  # 20 worker-seconds

    def test_a_burst_of_the_last_minutes_is_kept_for(self) -> None:
        # Its last message may start 3.5 - 0.5 s after the first; a worker ordered at need is ready after 2.
        assert asked(self.ONCE, max_workers=8).burst == (20 - 8 * 1.5) / 2
        assert asked(self.ONCE, max_workers=8).urgent == 4

    def test_where_more_may_be_ordered_fewer_are_kept(self) -> None:
        assert asked(self.ONCE, max_workers=12).burst == (20 - 12 * 1.5) / 2

    def test_one_message_of_a_slow_handler_is_kept_one_slot_for_and_not_a_pool(self) -> None:
        alone = replace(CALM, arrivals=((NOW_SECOND - 180, 1),), mean_service_seconds=20.0, service_p995_seconds=20.0)
        assert asked(alone, max_workers=8).burst == 1 / 4
        assert asked(alone, max_workers=8).workers == 0

    def test_of_a_slow_handler_each_message_is_kept_a_slot_for_beside_those_that_run_at_this_rate(self) -> None:
        burst = {NOW_SECOND - 60: 40}
        steady = {NOW_SECOND - ago: 1 for ago in range(59, 0, -1)}
        both = replace(
            CALM, arrivals=tuple({**burst, **steady}.items()), mean_service_seconds=20.0, service_p995_seconds=20.0
        )
        assert asked(both).burst == pytest.approx(1 * 20 / 4 + 41 / 4)

    def test_what_was_learnt_is_handed_on(self) -> None:
        _, state = demand(self.ONCE, DemandState(), 8)

        assert state.bursts == Bursts(CALM.now_mono, ((1, 400), (2, 400)), 1.0)
        assert demand(later(CALM, 4.0), state, 8)[1].bursts is state.bursts


class TestSlowStarts:
    SLOW = replace(CALM, start_seconds=10.0)

    def test_where_a_start_takes_longer_than_the_slack_arrivals_are_met_before_a_queue_shows(self) -> None:
        assert (asked(CALM).ahead, asked(CALM).urgent) == (0.0, 0)
        assert (asked(self.SLOW).ahead, asked(self.SLOW).urgent) == (2.0, 2)

    def test_the_rate_itself_is_met_and_no_slack_counted_on(self) -> None:
        assert asked(self.SLOW).arrivals == 80 / ONE_WORKER

    def test_they_are_met_as_far_as_they_outran_their_rate_lately(self) -> None:
        state = DemandState(Look(), Bursts(CALM.now_mono - 1, (), surge=1.5))

        assert demand(self.SLOW, state, 64)[0].arrivals == 1.5 * 80 / ONE_WORKER


def test_nobody_asks_for_workers_when_nothing_happens() -> None:
    assert asked(replace(CALM, busy_slots=0, arrivals=(), newest_sent_utc=None)).workers == 0


def test_before_the_first_worker_is_ready_the_depth_alone_speaks() -> None:
    starting = replace(
        CALM, workers_ready=0, busy_slots=0, arrivals=(), newest_sent_utc=None, mean_service_seconds=None
    )

    # At an assumed 0.1 s each.
    assert asked(replace(starting, backlog=Backlog(760, 0, 0, 999.0))).workers == 11


def test_a_handler_that_takes_no_time_needs_hardly_anyone() -> None:
    assert asked(replace(queued(10.0), mean_service_seconds=0.0)).urgent == 0


@pytest.mark.parametrize(
    ("workers", "tolerance", "number"),
    [(2.0, 0.0, 2), (2.1, 0.0, 3), (2.1, 0.1, 2), (2.11, 0.1, 3), (0.1 * 30, 0.0, 3), (0.05, 0.1, 0)],
)
def test_a_fraction_of_a_worker_is_a_whole_one_but_a_rounding_error_or_a_trifle_is_none(
    workers: float, tolerance: float, number: int
) -> None:
    assert whole(workers, tolerance) == number


def test_a_tenth_of_a_worker_s_backlog_and_three_tenths_of_a_burst_are_left_to_chance() -> None:
    nearly = replace(asked(CALM), arrivals=2.0, backlog=2.1, burst=2.3)
    over = replace(nearly, arrivals=2.01, backlog=2.11, burst=2.31)

    assert (nearly.whole_arrivals, nearly.whole_backlog, nearly.whole_burst) == (2, 2, 2)
    assert (over.whole_arrivals, over.whole_backlog, over.whole_burst) == (3, 3, 3)


def test_slots_that_queues_with_limits_use_come_on_top_of_every_demand() -> None:
    limited = replace(CALM, limited_workers=2.5)
    assert asked(limited).limited == 2.5
    assert asked(limited).kept == 5
    assert asked(replace(queued(10.0), limited_workers=2.5)).whole_backlog == whole(11.43 + 2.5, 0.1)


def test_a_daemon_whose_queues_all_have_limits_has_the_workers_for_what_these_let_run() -> None:
    held_back = replace(
        CALM, arrivals=(), newest_sent_utc=None, busy_slots=8, backlog=Backlog(0, 0, 0, 999.0), limited_workers=2.5
    )
    assert asked(held_back).workers == 3
