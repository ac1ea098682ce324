"""What the autoscaler sees: never older than it says, and unknown where it is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Backlog
from punctuald.policy.sla import Calendar, Tier
from punctuald.process.lookout import Lookout, Promises
from punctuald.process.machine import Machine
from punctuald.stats.load import Load

CALENDAR = Calendar((Tier("peak", 3.0, time(8), time(20)), Tier("off", 10.0)), ZoneInfo("UTC"))
LOAD = Load(
    arrivals=(),
    newest_sent_second=None,
    service_seconds_total=0.0,
    service_count_total=0,
    received_total=0,
    done_total=0,
    answers_total=0,
    busy_slots=1,
    workers_ready=2,
    workers_attached=2,
)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()


class Gauge:
    """A queue's depth, or what the queue has against being asked."""

    def __init__(self, visible: int) -> None:
        self.visible = visible
        self.error: Exception | None = None
        self.asked = 0

    def read(self) -> Backlog:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Backlog(self.visible, 1, 0, read_mono=float(self.visible))


class View:
    """A lookout, and all that it looks at."""

    def __init__(self, tmp_path: Path, **promises: Any) -> None:
        self.clock = ManualClock(utc=NOON)
        self.gauges = [Gauge(5), Gauge(7)]
        self.load = LOAD
        self.sizes_taken = 0
        self.lookout = Lookout(
            load=lambda _now_utc: self.load,
            gauges=self.gauges,
            promises=Promises(CALENDAR, **{"pinned_seconds": (), "by_calendar": True, **promises}),
            machine=Machine(self.clock, root=tmp_path, membership=tmp_path / "none"),
            worker_bytes=self._worker_bytes,
            clock=self.clock,
            slots_per_worker=4,
            depth_interval_seconds=10,
        )

    def _worker_bytes(self) -> int:
        self.sizes_taken += 1
        return 1_000

    def serve(self, count: int, seconds: float) -> None:
        self.load = replace(
            self.load,
            service_count_total=self.load.service_count_total + count,
            service_seconds_total=self.load.service_seconds_total + seconds,
        )


@pytest.fixture
def view(tmp_path: Path) -> View:
    return View(tmp_path)


def test_depths_of_all_queues_are_added_and_as_old_as_the_oldest(view: View) -> None:
    seen = view.lookout.look(3)
    assert seen.backlog == Backlog(visible=12, in_flight=2, delayed=0, read_mono=5.0)
    assert (seen.workers_ordered, seen.workers_ready, seen.busy_slots, seen.slots_per_worker) == (3, 2, 1, 4)


def test_queues_are_asked_for_their_depth_only_when_it_is_due(view: View) -> None:
    asked = []
    for seconds in (0, 9, 1):
        view.clock.advance(seconds)
        view.lookout.look(1)
        asked.append(view.gauges[0].asked)
    assert asked == [1, 1, 2]


def test_a_depth_that_cannot_be_read_is_unknown_and_never_zero(view: View) -> None:
    view.gauges[1].error = SourceUnavailable("no route", code="EndpointConnectionError")
    with capture_logs() as lines:
        assert view.lookout.look(1).backlog is None
        view.clock.advance(10)
        view.lookout.look(1)
    assert len([line for line in lines if line["log_level"] == "warning"]) == 1


def test_the_mean_service_time_is_of_the_last_minute_and_stays_when_nothing_ends(view: View) -> None:
    assert view.lookout.look(1).mean_service_seconds is None
    view.serve(10, 20.0)
    view.clock.advance(30)
    assert view.lookout.look(1).mean_service_seconds == 2.0
    view.clock.advance(61)
    view.lookout.look(1)
    view.serve(10, 1.0)
    view.clock.advance(1)
    assert view.lookout.look(1).mean_service_seconds == pytest.approx(0.1)
    view.clock.advance(3_600)
    assert view.lookout.look(1).mean_service_seconds == pytest.approx(0.1)


def test_silence_is_counted_from_the_last_answer(view: View) -> None:
    view.clock.advance(40)
    assert view.lookout.look(1).seconds_since_receive_ok == 40
    view.load = replace(view.load, answers_total=1)
    assert view.lookout.look(1).seconds_since_receive_ok == 0
    view.clock.advance(5)
    assert view.lookout.look(1).seconds_since_receive_ok == 5


@pytest.mark.parametrize(("jump_seconds", "jumped"), [(-3_600, True), (3, True), (1.5, False), (0, False)])
def test_a_wall_clock_that_was_set_is_seen_once(jump_seconds: float, *, jumped: bool, view: View) -> None:
    view.lookout.look(1)
    view.clock.advance(1)
    view.clock.jump_utc(jump_seconds)
    assert view.lookout.look(1).clock_jumped is jumped
    assert not view.lookout.look(1).clock_jumped


def test_the_next_change_of_tier_is_seen_coming(view: View) -> None:
    seen = view.lookout.look(1)
    assert (seen.threshold_seconds, seen.next_threshold_seconds) == (3.0, 10.0)
    assert seen.seconds_to_next_edge == 8 * 3600


@pytest.mark.parametrize(
    ("promises", "now", "next_one"),
    [
        ({"pinned_seconds": (60.0, 1.0), "by_calendar": False}, 1.0, None),
        ({"pinned_seconds": (5.0,), "by_calendar": True}, 3.0, 5.0),
    ],
)
def test_the_tightest_promise_of_any_queue_is_in_force(
    promises: dict[str, Any], now: float, next_one: float | None, tmp_path: Path
) -> None:
    seen = View(tmp_path, **promises).lookout.look(1)
    assert (seen.threshold_seconds, seen.next_threshold_seconds) == (now, next_one)


def test_a_workers_size_is_measured_rarely(view: View) -> None:
    sizes: list[int | None] = []
    for seconds in (0, 9.9, 0.1):
        view.clock.advance(seconds)
        sizes.append(view.lookout.look(1).worker_bytes)
    assert sizes == [1_000] * 3
    assert view.sizes_taken == 2
