"""The queues' depth: unknown is never zero, told once, and nobody waits for it."""

from __future__ import annotations

import threading

import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock, SystemClock
from punctuald.errors import SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.model import Backlog
from punctuald.process.autoscaler.backlog_poller import ANSWER_SECONDS, BacklogPoller

AWAY = SourceUnavailable("no route", code="EndpointConnectionError")
PATIENCE_SECONDS = 10.0


class Gauge:
    """A queue's depth, or what the queue has against being asked."""

    def __init__(self, visible: int, clock: ManualClock) -> None:
        self.visible = visible
        self.error: Exception | None = None
        self.read_ago_seconds = 0.0
        self.asked = 0
        self._clock = clock

    def read(self) -> Backlog:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Backlog(self.visible, 1, 0, read_mono=self._clock.mono() - self.read_ago_seconds)


class Scene:
    def __init__(self, *regions: int) -> None:
        self.clock = ManualClock()
        self.gauges = [Gauge(5, self.clock), Gauge(7, self.clock)]
        self.backlog_poller = BacklogPoller(
            self.gauges, self.clock, interval_seconds=10, jitter=lambda: 1.0, regions=regions
        )

    @property
    def visible(self) -> int | None:
        """Of all that counts."""
        backlog = self.backlog_poller.backlog()
        return None if backlog is None else backlog.visible

    def read_later(self, seconds: float) -> float:
        self.clock.advance(seconds)
        return self.backlog_poller.read_once()


def test_depths_of_all_queues_are_added_and_as_old_as_the_oldest() -> None:
    scene = Scene()
    scene.gauges[1].read_ago_seconds = 3.0
    assert scene.backlog_poller.backlog() is None
    assert scene.backlog_poller.read_once() == 10
    oldest_mono = scene.clock.mono() - 3.0
    assert scene.backlog_poller.backlog() == Backlog(visible=12, in_flight=2, delayed=0, read_mono=oldest_mono)


def test_an_outage_is_told_once_and_makes_the_depth_unknown_until_it_is_over() -> None:
    scene = Scene()
    scene.backlog_poller.read_once()
    scene.gauges[1].error = AWAY
    with capture_logs() as lines:
        for _ in range(3):
            scene.read_later(10)
            assert scene.backlog_poller.backlog() is None
    assert [(line["event"], line["error"]) for line in lines] == [("scale.backlog_unknown", "no route")]
    scene.gauges[1].error = None
    scene.read_later(10)
    assert scene.backlog_poller.backlog() is not None


def test_an_outage_that_lasts_is_told_again_every_five_minutes_and_its_end_says_how_long_it_was() -> None:
    scene = Scene()
    scene.gauges[1].error = AWAY
    with capture_logs() as lines:
        for _ in range(65):
            scene.read_later(10)
        scene.gauges[1].error = None
        scene.read_later(20)
    told = [(line["event"], line["log_level"], line.get("seconds")) for line in lines]
    assert [event for event, _, _ in told] == [
        "scale.backlog_unknown",
        "scale.backlog_still_unknown",
        "scale.backlog_still_unknown",
        "scale.backlog_known",
    ]
    assert [level for _, level, _ in told] == ["warning", "warning", "warning", "info"]
    assert told[1][2] == pytest.approx(300, abs=20)
    assert told[3][2] == pytest.approx(660, abs=20)


def test_a_queue_that_is_not_there_has_nothing_waiting_and_leaves_the_others_depth_known() -> None:
    scene = Scene()
    scene.gauges[1].error = SourceMissing("no such queue", code="QueueDoesNotExist")
    scene.backlog_poller.read_once()
    backlog = scene.backlog_poller.backlog()
    assert backlog is not None
    assert backlog.visible == 5
    scene.gauges[1].error = None
    scene.read_later(20)
    backlog = scene.backlog_poller.backlog()
    assert backlog is not None
    assert backlog.visible == 12


def test_a_queue_whose_depth_may_not_be_asked_may_have_messages_and_none_at_all_are_unknown() -> None:
    scene = Scene()
    scene.gauges[1].error = SourceMisconfigured("access is denied", code="AccessDenied")
    scene.backlog_poller.read_once()
    assert scene.backlog_poller.backlog() is None
    for gauge in scene.gauges:
        gauge.error = SourceMissing("no such queue", code="QueueDoesNotExist")
    scene.read_later(20)
    assert scene.backlog_poller.backlog() is None


def test_a_queue_that_fails_is_asked_at_its_own_pace_and_the_others_at_theirs() -> None:
    scene = Scene()
    scene.gauges[1].error = AWAY
    scene.backlog_poller.read_once()
    for _ in range(100):
        scene.read_later(1)
    assert scene.gauges[0].asked == 11
    assert 5 < scene.gauges[1].asked < 20


def test_failing_reads_back_off_and_a_good_one_ends_that() -> None:
    scene = Scene()
    scene.gauges[0].error = AWAY
    scene.gauges[1].error = AWAY
    pauses = [scene.read_later(20) for _ in range(12)]
    assert pauses == sorted(pauses)
    assert (pauses[0] < 1, pauses[-1]) == (True, 10), "it looks again for queues that are due sooner"
    assert scene.read_later(1) == 10
    scene.gauges[0].error = scene.gauges[1].error = None
    assert scene.read_later(20) == 10


def test_a_call_that_hangs_leaves_a_depth_that_grows_too_old_to_be_known() -> None:
    scene = Scene()
    scene.backlog_poller.read_once()
    scene.clock.advance(10 + ANSWER_SECONDS)
    assert scene.backlog_poller.backlog() is not None
    scene.clock.advance(0.1)
    assert scene.backlog_poller.backlog() is None


def test_who_can_not_know_it_yet_is_asked_again_in_a_second_and_nothing_is_said_of_it() -> None:
    class Beginning(Gauge):
        def read(self) -> Backlog | None:  # type: ignore[override]  # as a stream's gauge does
            return None if self.asked_often() < 3 else super().read()

        def asked_often(self) -> int:
            self.asked += 1
            return self.asked

    clock = ManualClock()
    backlog_poller = BacklogPoller([Beginning(5, clock)], clock, interval_seconds=10, jitter=lambda: 1.0)
    with capture_logs() as lines:
        waits = [backlog_poller.read_once()]
        assert backlog_poller.backlog() is None
        for _ in range(2):
            clock.advance(waits[-1])
            waits.append(backlog_poller.read_once())
    assert (waits, lines) == ([1.0, 1.0, 10], [])
    known = backlog_poller.backlog()
    assert known is not None
    assert known.visible == 5


def test_while_the_network_is_silent_asking_for_the_depth_does_not_wait() -> None:
    answered, asked = threading.Event(), threading.Event()

    class SilentGauge:
        def read(self) -> Backlog:
            asked.set()
            answered.wait(PATIENCE_SECONDS)
            raise AWAY

    backlog_poller = BacklogPoller([SilentGauge()], SystemClock(), interval_seconds=10, jitter=lambda: 1.0)
    backlog_poller.start()
    assert asked.wait(PATIENCE_SECONDS)
    assert backlog_poller.backlog() is None
    assert not answered.is_set()
    answered.set()
    backlog_poller.stop()


def test_a_defect_in_the_thread_ends_the_process_and_is_no_outage() -> None:
    scene = Scene()
    scene.gauges[0].error = ZeroDivisionError("a defect")
    scene.backlog_poller.run()
    with pytest.raises(ZeroDivisionError, match="a defect"):
        scene.backlog_poller.backlog()


def test_a_queue_whose_downstream_is_away_counts_as_empty_and_only_as_long_as_it_is() -> None:
    scene, down = Scene(), set[int]()
    poller = BacklogPoller(scene.gauges, scene.clock, 10.0, lambda: 1.0, lambda: down)
    poller.read_once()
    depths = []
    for now_down in (set[int](), {1}, {0, 1}, set[int]()):
        down.clear()
        down |= now_down
        backlog = poller.backlog()
        depths.append(None if backlog is None else backlog.visible)
    assert depths == [12, 5, 0, 12]


def test_that_such_a_queue_can_not_be_counted_makes_nothing_unknown() -> None:
    scene = Scene()
    scene.gauges[1].error = AWAY
    poller = BacklogPoller(scene.gauges, scene.clock, 10.0, lambda: 1.0, lambda: {1})
    poller.read_once()
    backlog = poller.backlog()
    assert backlog is not None
    assert backlog.visible == 5


def test_each_queues_own_depth_is_there_as_far_as_it_is_known() -> None:
    scene = Scene()
    assert scene.backlog_poller.depths() == {}
    scene.gauges[1].error = AWAY
    scene.backlog_poller.read_once()
    assert {queue: depth.visible for queue, depth in scene.backlog_poller.depths().items()} == {0: 5}


def test_the_last_count_of_a_region_that_is_away_holds_and_says_how_old_it_is() -> None:
    scene = Scene(0, 1)
    scene.backlog_poller.read_once()
    counted_mono = scene.clock.mono()
    scene.gauges[1].error = AWAY
    for _ in range(60):
        scene.gauges[0].visible = 9
        scene.read_later(10)
        assert scene.visible == 9 + 7
    assert scene.backlog_poller.depths()[1].read_mono == counted_mono


def test_a_region_that_never_said_how_much_it_has_leaves_the_sum_unknown() -> None:
    scene = Scene(0, 1)
    scene.gauges[1].error = AWAY
    scene.read_later(10)
    assert scene.visible is None


def test_where_all_regions_are_away_nothing_is_known() -> None:
    scene = Scene(0, 1)
    scene.backlog_poller.read_once()
    scene.gauges[0].error = scene.gauges[1].error = AWAY
    scene.read_later(10)
    assert scene.visible is None


def test_what_a_region_has_at_its_return_is_counted_apart_for_a_minute() -> None:
    scene = Scene(0, 1)
    scene.backlog_poller.read_once()
    scene.gauges[1].error = AWAY
    for _ in range(6):
        scene.read_later(10)
    scene.gauges[1].error, scene.gauges[1].visible = None, 5_000
    scene.read_later(20)
    assert scene.visible == 5 + 7
    assert scene.backlog_poller.depths()[1].visible == 5_000
    for _ in range(6):
        scene.read_later(10)
    assert scene.visible == 5 + 5_000


def test_a_single_reading_that_failed_is_no_outage() -> None:
    scene = Scene(0, 1)
    scene.backlog_poller.read_once()
    scene.gauges[1].error = AWAY
    scene.read_later(10)
    scene.gauges[1].error, scene.gauges[1].visible = None, 500
    scene.read_later(1)
    assert scene.visible == 5 + 500
