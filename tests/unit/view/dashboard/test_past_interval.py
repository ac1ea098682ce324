"""What stays of intervals: figures that add up, and None where nothing is known."""

from __future__ import annotations

import pytest

from doubles.stats.histograms import of_durations
from doubles.stats.scripted_figures import decision, queue_figures
from punctuald.model import Stage
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.stats.figures.histogram import EMPTY
from punctuald.stats.figures.intervals import Interval, TierFigures
from punctuald.view.dashboard.past_interval import LATENCY_EDGES_SECONDS, Burn, PastInterval, past_interval


def figures(tier: str, *handled: float, queue: str = "orders") -> TierFigures:
    """Messages that took so long, all of it in their handlers."""
    times = of_durations(handled)
    stages = dict.fromkeys(Stage, EMPTY) | {Stage.HANDLE: times, Stage.END_TO_END: times}
    return TierFigures(queue, tier, 3.0, len(handled), {MissCause.HANDLE: 0}, stages)


def past(*parts: Interval, **changes: float | None) -> PastInterval:
    known = {"begin_utc": 100.0, "end_utc": 110.0, "backlog": None, **changes}
    return past_interval(parts, burns={"peak": Burn(2.0, 1.0), "night": Burn()}, **known)  # type: ignore[arg-type]


def test_intervals_one_after_another_are_added_up_over_queues_too() -> None:
    first = Interval(tiers=(figures("peak", 0.1), figures("peak", 0.2, queue="invoices")), workers_ready=1)
    second = Interval(tiers=(figures("peak", 0.3), figures("night", 5.0)), workers_ready=2)
    found = past(first, second)
    peak, night = found.tiers
    assert (peak.tier, peak.met, night.tier, night.met) == ("peak", 3, "night", 1)
    assert peak.p50_seconds == pytest.approx(0.2, rel=0.01)
    assert peak.burn == Burn(2.0, 1.0)
    assert sum(found.latencies) == 4
    assert found.workers_ready == 2


def test_each_message_is_counted_in_the_span_that_it_fell_into() -> None:
    found = past(Interval(tiers=(figures("peak", 0.001, 0.3, 5000.0),)))
    assert [row for row, count in enumerate(found.latencies) if count] == [
        0,
        LATENCY_EDGES_SECONDS.index(0.25) + 1,
        len(LATENCY_EDGES_SECONDS),
    ]


def test_means_of_the_stages_add_up_to_the_mean_of_the_whole() -> None:
    found = past(Interval(tiers=(figures("peak", 0.1, 0.3),)))
    assert sum(found.stage_seconds.values()) == pytest.approx(0.2)
    assert found.stage_seconds["handle"] == pytest.approx(0.2)


def test_where_nothing_was_handled_nothing_is_known_of_latencies() -> None:
    found = past(Interval())
    assert [tier.p99_seconds for tier in found.tiers] == [None, None]
    assert found.stage_seconds == {}
    assert sum(found.latencies) == 0
    assert (found.backlog, found.workers_wanted) == (None, None)


def test_counts_are_of_all_queues_and_poison_is_among_what_was_rejected() -> None:
    first = queue_figures("orders", received=10, redelivered=2, done=7, failed=2, rejected=1)
    second = queue_figures("invoices", received=1, rejected=1, poison=1)
    found = past(Interval(queues=(first, second), decision=decision(workers=3)))
    assert (found.arrivals, found.done, found.failed, found.dead_lettered) == (9, 7, 2, 2)
    assert found.workers_wanted == 3
