"""The last hour: what is kept, for how long, and how short intervals are added up."""

from __future__ import annotations

from typing import Any

from doubles.stats.scripted_figures import queue_figures
from doubles.status_documents import document, queue
from punctuald.clock import ManualClock
from punctuald.process.observer.interval_history import KEPT_SECONDS, IntervalHistory
from punctuald.stats.figures.intervals import Interval


class Bench:
    """Intervals of an order each."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.document: dict[str, Any] = document()
        self.history = IntervalHistory(lambda: self.document, self.clock, self.clock.mono())

    def report(self, seconds: float, times: int = 1) -> None:
        for _ in range(times):
            self.clock.advance(seconds)
            orders = queue_figures(received=1)
            self.history.reported(Interval(queues=(orders,), read_mono=self.clock.mono()))


def test_an_interval_is_kept_with_what_the_status_said_when_it_ended() -> None:
    bench = Bench()
    bench.report(10)
    [kept] = bench.history.read()
    assert (kept.begin_utc, kept.end_utc) == (bench.clock.utc() - 10, bench.clock.utc())
    assert [(tier.tier, tier.burn.fast, tier.burn.slow) for tier in kept.tiers] == [
        ("peak", 0.2, 0.1),
        ("night", 0.2, 0.1),
    ]
    assert kept.backlog == 36


def test_it_knows_since_when_it_is_kept() -> None:
    bench = Bench()
    begun_utc = bench.clock.utc()
    bench.report(10)
    assert bench.history.begun_utc == begun_utc


def test_a_backlog_that_is_not_known_everywhere_is_not_known() -> None:
    bench = Bench()
    bench.document = document(queues=[queue("orders"), queue("invoices", backlog=None)])
    bench.report(10)
    assert bench.history.read()[0].backlog is None


def test_short_intervals_are_added_up() -> None:
    bench = Bench()
    bench.report(2, times=12)
    assert [kept.arrivals for kept in bench.history.read()] == [5, 5]


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    bench = Bench()
    bench.report(10, times=500)
    kept = bench.history.read()
    assert kept[0].end_utc == bench.clock.utc() - KEPT_SECONDS
    assert len(kept) == 361
