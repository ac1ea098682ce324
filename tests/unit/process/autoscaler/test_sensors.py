"""What the autoscaler sees: never older than it says, and unknown where it is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from punctuald.clock import ManualClock
from punctuald.model import Backlog
from punctuald.policy.delivery.downstream import Report
from punctuald.policy.delivery.tiers import Calendar, Tier
from punctuald.policy.pool.handler_slots import SlotUse
from punctuald.policy.scaling.failures import Outcomes
from punctuald.policy.scaling.observation import ASSUMED_START_SECONDS, PinnedWork, WorkerSize
from punctuald.process.autoscaler.downstreams import Downstreams
from punctuald.process.autoscaler.host_resources import HostResources
from punctuald.process.autoscaler.sensors import CEILING_SECONDS, Sensors
from punctuald.process.autoscaler.tightest_tier import TightestTier
from punctuald.process.awake_time import AwakeTime
from punctuald.stats.board.board import Board
from punctuald.stats.board.downstream.rows import DownstreamRows, WorkersDownstream
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.pool_totals import PoolTotals

CALENDAR = Calendar((Tier("peak", 3.0, time(8), time(20)), Tier("off", 10.0)), ZoneInfo("UTC"))
DEPTH = Backlog(12, 2, 0, read_mono=5.0)
LOAD = PoolTotals(
    broker_ahead_seconds=0.0,
    arrivals=(),
    newest_sent_utc=None,
    groups_seen=7,
    service_seconds_total=0.0,
    service_count_total=0,
    settle_seconds_total=0.0,
    service_p995_seconds=None,
    start_seconds=None,
    failed_total=0,
    ended_total=0,
    answers_total=0,
    slot_uses=(SlotUse(1, 8), SlotUse()),
    workers_ready=2,
)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()


class View:
    """A sensors, and all that it looks at."""

    def __init__(self, tmp_path: Path, *, all_ordered: bool = False, hosts: int = 1) -> None:
        self.clock = ManualClock(utc=NOON)
        self.load = LOAD
        self.backlog: Backlog | None = DEPTH
        self.sizes_taken = 0
        self.board = Board(Layout(("orders",), ("peak", "off"), handler_slots=4, workers=2))
        self.sensors = Sensors(
            load=lambda _now_mono, _now_utc: self.load,
            backlog=lambda: self.backlog,
            tightest_tier=TightestTier(CALENDAR, (), by_calendar=True),
            host=HostResources(self.clock, cgroups=tmp_path),
            worker_size=self._worker_size,
            clock=self.clock,
            awake=AwakeTime(self.clock, 1.0),
            slots_per_worker=4,
            all_ordered=all_ordered,
            tier_seconds={"peak": 3.0, "off": 10.0},
            downstreams=Downstreams(["orders"], DownstreamRows([self.board])),
            hosts=hosts,
        )

    def _worker_size(self) -> WorkerSize:
        self.sizes_taken += 1
        return WorkerSize(own_bytes=1_000, tasks=7)

    def report(self, worker: int, report: Report) -> None:
        """On the one queue there is, by a worker that is ready."""
        self.board.writer(worker).attach(100 + worker, 1.0)
        self.board.writer(worker).ready(1.0, 0.1)
        WorkersDownstream([self.board], self.board, worker).say(0, report)

    def serve(self, count: int, seconds: float) -> None:
        self.load = replace(
            self.load,
            service_count_total=self.load.service_count_total + count,
            service_seconds_total=self.load.service_seconds_total + seconds,
        )


def test_while_the_pool_does_all_it_can_its_throughput_tells_what_a_message_costs(view: View) -> None:
    view.load = replace(LOAD, slot_uses=(SlotUse(8, 8), SlotUse()))
    seen = view.sensors.observe(2)
    for _ in range(5):
        view.clock.advance(1.0)
        view.serve(20_000, 20_000 * 0.000_01)
        seen = view.sensors.observe(2)
    assert seen.mean_service_seconds == pytest.approx(8 / 20_000)


@pytest.fixture
def view(tmp_path: Path) -> View:
    return View(tmp_path)


def test_the_board_the_depth_and_the_order_are_seen_together(view: View) -> None:
    seen = view.sensors.observe(3)
    assert seen.backlog == DEPTH
    assert (seen.workers_ordered, seen.workers_ready, seen.busy_slots, seen.slots_per_worker) == (3, 2, 1, 4)
    view.backlog = None
    assert view.sensors.observe(3).backlog is None


def test_how_many_daemons_share_the_depth_is_seen_with_it(tmp_path: Path) -> None:
    assert View(tmp_path).sensors.observe(1).hosts == 1
    assert View(tmp_path, hosts=3).sensors.observe(1).hosts == 3


def test_a_workers_slots_are_guessed_by_the_settings_until_one_says_how_much_it_handles_at_once(view: View) -> None:
    view.load = replace(LOAD, slot_uses=(SlotUse(), SlotUse()))
    assert view.sensors.observe(1).slots_per_worker == 4
    view.load = replace(LOAD, slot_uses=(SlotUse(0, 8), SlotUse(0, 200)))
    assert view.sensors.observe(1).slots_per_worker == 104
    view.load = replace(LOAD, slot_uses=(SlotUse(), SlotUse()), workers_ready=0)  # the next one will be like the last
    assert view.sensors.observe(1).slots_per_worker == 104


def test_a_workers_slots_are_those_that_what_runs_can_use_at_the_same_time(view: View) -> None:
    """Of 4 threads and 100 places for coroutines: more than 4 functions never run at once."""
    for _ in range(3):
        view.load = replace(LOAD, slot_uses=(SlotUse(8, 8), SlotUse(0, 200)))
        seen = view.sensors.observe(2)
        view.clock.advance(1.0)
    assert (seen.slots_per_worker, seen.busy_slots, seen.busy_share, seen.all_busy) == (4, 8, 1.0, True)
    for _ in range(40):
        view.load = replace(LOAD, slot_uses=(SlotUse(8, 8), SlotUse(50, 200)))
        seen = view.sensors.observe(2)
        view.clock.advance(1.0)
    assert seen.slots_per_worker == pytest.approx(29.0)
    assert (seen.busy_slots, seen.all_busy) == (58, True)


def test_free_threads_say_nothing_of_coroutines_that_have_no_place(view: View) -> None:
    view.load = replace(LOAD, slot_uses=(SlotUse(1, 8), SlotUse(200, 200)))
    seen = view.sensors.observe(2)
    assert seen.all_busy
    assert seen.used_slots == 2 * seen.slots_per_worker


def test_with_both_kinds_full_a_messages_cost_is_in_the_slots_that_can_be_used(view: View) -> None:
    view.load = replace(LOAD, slot_uses=(SlotUse(8, 8), SlotUse(0, 200)))
    seen = view.sensors.observe(2)
    for _ in range(5):
        view.clock.advance(1.0)
        view.serve(20_000, 20_000 * 0.000_01)
        seen = view.sensors.observe(2)
    assert seen.mean_service_seconds == pytest.approx(8 / 20_000)


def test_points_in_time_are_on_the_brokers_clock_and_so_is_the_tier(view: View) -> None:
    view.load = replace(LOAD, broker_ahead_seconds=9 * 3600.0, newest_sent_utc=NOON + 9 * 3600 - 2.5)
    seen = view.sensors.observe(1)
    assert (seen.now_utc, seen.newest_sent_utc) == (NOON + 9 * 3600, NOON + 9 * 3600 - 2.5)
    assert (seen.threshold_seconds, seen.seconds_to_next_edge) == (10.0, 11 * 3600)
    assert not seen.clock_jumped


def test_until_a_start_was_measured_a_guess_stands_in(view: View) -> None:
    assert view.sensors.observe(1).start_seconds == ASSUMED_START_SECONDS
    view.load = replace(LOAD, start_seconds=6.5)
    assert view.sensors.observe(1).start_seconds == 6.5


def test_groups_are_told_only_where_every_queue_has_some(tmp_path: Path) -> None:
    assert View(tmp_path).sensors.observe(1).groups_seen is None
    assert View(tmp_path, all_ordered=True).sensors.observe(1).groups_seen == 7


def test_failures_are_counted_over_the_last_ten_seconds_and_over_the_last_three(view: View) -> None:
    for second in range(13):
        view.load = replace(LOAD, failed_total=50 * min(second, 5), ended_total=200 * second)
        seen = view.sensors.observe(1)
        view.clock.advance(1.0)
    assert seen.outcomes == Outcomes(150, 2_000, 10.0)
    assert seen.latest_outcomes == Outcomes(0, 600, 3.0)


def test_what_failed_before_our_time_says_nothing(view: View) -> None:
    view.load = replace(LOAD, failed_total=50, ended_total=50)
    assert view.sensors.observe(1).outcomes == Outcomes()


def test_the_slowest_service_counts_until_the_acknowledgement(view: View) -> None:
    view.sensors.observe(1)
    assert view.sensors.observe(1).service_p995_seconds is None
    view.load = replace(LOAD, service_count_total=10, settle_seconds_total=2.0, service_p995_seconds=0.5)
    assert view.sensors.observe(1).service_p995_seconds == pytest.approx(0.7)


def test_a_new_autoscaler_knows_what_messages_took_until_then(view: View) -> None:
    view.serve(count=100, seconds=2.0)
    assert view.sensors.observe(12).mean_service_seconds == pytest.approx(0.02)


def test_the_mean_service_time_is_of_the_last_minute_and_stays_when_nothing_ends(view: View) -> None:
    assert view.sensors.observe(1).mean_service_seconds is None
    view.serve(10, 20.0)
    view.clock.advance(30)
    assert view.sensors.observe(1).mean_service_seconds == 2.0
    view.clock.advance(61)
    view.sensors.observe(1)
    view.serve(10, 1.0)
    view.clock.advance(1)
    assert view.sensors.observe(1).mean_service_seconds == pytest.approx(0.1)
    view.clock.advance(3_600)
    assert view.sensors.observe(1).mean_service_seconds == pytest.approx(0.1)


def test_messages_that_name_a_tier_are_seen_apart_with_their_threshold_and_service_time(view: View) -> None:
    named = {"off": ((1_700_000_000, 5),)}
    view.load = replace(LOAD, pinned_arrivals=named, service_by_tier={"peak": (1.0, 10), "off": (4.0, 8)})
    view.sensors.observe(1)
    view.clock.advance(1)
    view.load = replace(LOAD, pinned_arrivals=named, service_by_tier={"peak": (1.5, 20), "off": (4.0, 8)})
    seen = view.sensors.observe(1)
    assert seen.pinned == (PinnedWork(10.0, ((1_700_000_000, 5),)),)
    assert seen.service_by_threshold == ((3.0, 0.5, 10), (10.0, 0.0, 0))
    assert (seen.unpinned_threshold_seconds, seen.unpinned_next_threshold_seconds) == (3.0, 10.0)


def test_silence_is_counted_from_the_last_answer(view: View) -> None:
    view.clock.advance(40)
    assert view.sensors.observe(1).seconds_since_receive_ok == 40
    view.load = replace(view.load, answers_total=1)
    assert view.sensors.observe(1).seconds_since_receive_ok == 0
    view.clock.advance(5)
    assert view.sensors.observe(1).seconds_since_receive_ok == 5


@pytest.mark.parametrize(("jump_seconds", "jumped"), [(-3_600, True), (3, True), (1.5, False), (0, False)])
def test_a_wall_clock_that_was_set_is_seen_once(jump_seconds: float, *, jumped: bool, view: View) -> None:
    view.sensors.observe(1)
    view.clock.advance(1)
    view.clock.jump_utc(jump_seconds)
    assert view.sensors.observe(1).clock_jumped is jumped
    assert not view.sensors.observe(1).clock_jumped


def test_after_the_machine_stood_still_one_look_is_not_to_be_trusted_and_no_message_got_dearer(view: View) -> None:
    view.load = replace(LOAD, slot_uses=(SlotUse(8, 8), SlotUse()))
    view.sensors.observe(2)
    for stood_still_seconds in (0, 600, 0, 0):
        view.clock.advance(1.0 + stood_still_seconds)
        view.serve(20_000, 20_000 * 0.000_01)
        seen = view.sensors.observe(2)
        assert seen.clock_jumped is (stood_still_seconds > 0)
    assert seen.mean_service_seconds == pytest.approx(8 / 20_000)


def test_the_next_change_of_tier_is_seen_coming(view: View) -> None:
    seen = view.sensors.observe(1)
    assert (seen.threshold_seconds, seen.next_threshold_seconds) == (3.0, 10.0)
    assert seen.seconds_to_next_edge == 8 * 3600


def test_a_workers_size_is_measured_rarely(view: View) -> None:
    sizes = []
    for seconds in (0, 29.9, 0.1):
        view.clock.advance(seconds)
        seen = view.sensors.observe(1)
        sizes.append((seen.worker_bytes, seen.worker_tasks))
    assert sizes == [(1_000, 7)] * 3
    assert view.sizes_taken == 2


def test_what_workers_say_of_the_downstream_is_seen(tmp_path: Path) -> None:
    view = View(tmp_path)
    seen = view.sensors.observe(2)
    assert (seen.all_down, seen.held_for_downstream) == (False, False)
    view.report(0, Report())
    view.report(1, Report(down_mono=5.0))
    seen = view.sensors.observe(2)
    assert (seen.all_down, seen.held_for_downstream) == (True, False)
    view.report(0, Report(held=3))
    assert view.sensors.observe(2).held_for_downstream
    view.board.writer(0).leaving()
    assert not view.sensors.observe(2).held_for_downstream
    view.report(0, Report(held=3, up_mono=6.0))
    seen = view.sensors.observe(2)
    assert (seen.all_down, seen.held_for_downstream) == (False, False)


def test_a_fork_that_failed_is_a_ceiling_for_a_minute(view: View) -> None:
    assert view.sensors.observe(1).process_ceiling is None
    view.sensors.found_ceiling(8)
    view.clock.advance(CEILING_SECONDS - 1)
    assert view.sensors.observe(9).process_ceiling == 8
    view.clock.advance(1)
    assert view.sensors.observe(8).process_ceiling is None
