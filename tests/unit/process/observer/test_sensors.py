"""What the observer sees of a tier: what is in hand, what waits at the source, and what is done about it."""

from __future__ import annotations

from typing import Any

from doubles.stats.scripted_figures import ScriptedFigures, decision, queue_figures, standing, tier_figures, waits
from punctuald.clock import ManualClock
from punctuald.process.observer.sensors import Sensors, TierSight
from punctuald.stats.figures.intervals import Interval


def sensors_of(figures: ScriptedFigures, **more: Any) -> Sensors:
    settings: dict[str, Any] = {
        "tiers": ["peak", "batch"],
        "tier_of": lambda _queue, _age: ("peak", 3.0),
        "downs": list,
        "alone": True,
        "max_workers": 4,
        "clock": ManualClock(),
        **more,
    }
    return Sensors(figures, **settings)


def test_a_tier_is_looked_at_over_all_of_its_queues_and_one_without_messages_too() -> None:
    more = standing(5, 1, queue="invoices", overdue=2, worst_overdue_seconds=4.0)
    looks = sensors_of(ScriptedFigures(stands=(standing(10, 2), more))).looks()
    peak = looks["peak"].look
    assert (peak.met, peak.missed, peak.overdue, peak.worst_seconds) == (15, 3, 2, 7.0)
    assert looks["batch"] == TierSight(looks["batch"].look)
    assert looks["batch"].look.met == 0


def test_what_waits_at_the_source_past_its_deadline_is_overdue() -> None:
    figures = ScriptedFigures(decided=decision(12.0), waits=waits(100, read_mono=ManualClock().mono()))
    seen = sensors_of(figures).looks()["peak"]
    assert (seen.look.overdue, seen.overdue_at_source, seen.look.worst_seconds) == (75, 75, 12.0)


def test_while_the_head_is_young_no_whole_reading_is_made() -> None:
    figures = ScriptedFigures(decided=decision(2.9), waits=waits(100, read_mono=ManualClock().mono()))
    assert sensors_of(figures).looks()["peak"].look.overdue == 0
    assert figures.reads == 0


def test_the_worst_of_an_interval_goes_into_the_next_look_and_into_no_other() -> None:
    sensors = sensors_of(ScriptedFigures())
    sensors.reported(Interval(tiers=(tier_figures(1, 9.0), tier_figures(0, 99.0))))
    assert sensors.looks()["peak"].look.worst_seconds == 9.0
    assert sensors.looks()["peak"].look.worst_seconds == 0.0


def test_a_source_of_which_every_receive_fails_is_down_and_one_that_answers_at_times_is_not() -> None:
    for answered, down in ((0, True), (1, False)):
        queues = (queue_figures(source_error=3, receive_empty=answered), queue_figures("invoices", received=5))
        sensors = sensors_of(ScriptedFigures(interval=Interval(queues=queues)))
        assert sensors.sight(sensors.looks()["peak"]).source_down is down


def test_the_interval_before_counts_as_well() -> None:
    sensors = sensors_of(ScriptedFigures(interval=Interval()))
    sensors.reported(Interval(queues=(queue_figures(source_error=1),)))
    assert sensors.sight(sensors.looks()["peak"]).source_down


def test_the_autoscalers_last_decision_is_what_is_done() -> None:
    interval = Interval(workers_ready=2, decision=decision(0.0, workers=4, reason="maximum", short_seconds=1.5))
    sensors = sensors_of(ScriptedFigures(interval=interval), downs=lambda: ["orders"])
    sight = sensors.sight(sensors.looks()["peak"])
    assert (sight.workers_ready, sight.workers_wanted, sight.max_workers) == (2, 4, 4)
    assert (sight.short_of_workers, sight.scale_reason, sight.downstream_down) == (True, "maximum", True)


class Queue:
    """A queue that the source counts each second."""

    def __init__(self, **more: Any) -> None:
        self.clock = ManualClock()
        self.figures = ScriptedFigures(decided=decision(0.0))
        self.sensors = sensors_of(self.figures, clock=self.clock, **more)

    def second(self, visible: int, received: int = 0, receives_empty: int = 0) -> TierSight:
        self.clock.advance(1)
        self.figures.waits = waits(visible, received, receives_empty, read_mono=self.clock.mono())
        return self.sensors.looks()["peak"]


def test_messages_that_nobody_receives_are_overdue_after_their_threshold_though_no_age_is_known() -> None:
    queue = Queue()
    assert [queue.second(visible).overdue_at_source for visible in (5, 5, 50, 50)] == [0] * 4
    assert queue.second(50).overdue_at_source == 5  # the other 45 came two seconds ago
    seen = [queue.second(50) for _ in range(2)][-1]
    assert (seen.overdue_at_source, seen.look.overdue, seen.look.worst_seconds) == (50, 50, 6.0)


def test_what_was_received_since_is_not_overdue_there_any_more() -> None:
    queue = Queue()
    for _ in range(5):
        queue.second(50)
    assert queue.second(50, received=20).overdue_at_source == 30
    assert queue.second(50, received=50).overdue_at_source == 0  # all of those that wait are younger


def test_a_receive_that_brings_nothing_is_believed_and_not_the_count() -> None:
    queue = Queue()
    for _ in range(5):
        queue.second(50)
    assert queue.second(50, receives_empty=1).overdue_at_source == 0
    assert queue.second(50, receives_empty=1).overdue_at_source == 0


def test_where_other_daemons_receive_too_the_counts_say_nothing_of_age() -> None:
    queue = Queue(alone=False)
    assert [queue.second(50).overdue_at_source for _ in range(9)] == [0] * 9
