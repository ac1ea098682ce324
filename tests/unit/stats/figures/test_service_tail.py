from __future__ import annotations

from collections.abc import Iterable

import pytest

from doubles.stats.histograms import of_durations
from punctuald.stats.figures.histogram import Histogram
from punctuald.stats.figures.service_tail import ServiceTail


class Runs:
    """All run times so far, and how often they were asked for."""

    def __init__(self) -> None:
        self.durations: list[float] = []
        self.asked = 0

    def add(self, seconds: Iterable[float]) -> None:
        self.durations += seconds

    def __call__(self) -> Histogram:
        self.asked += 1
        return of_durations(self.durations)


def test_nineteen_messages_say_nothing_and_twenty_do() -> None:
    tail, runs = ServiceTail(), Runs()
    runs.add([1.0] * 19)
    assert tail.seconds(0.0, 19, runs) is None
    runs.add([3.0])
    assert tail.seconds(1.0, 20, runs) == pytest.approx(3.0, rel=0.01)


def test_what_was_slow_more_than_ten_minutes_ago_is_forgotten() -> None:
    tail, runs = ServiceTail(), Runs()
    runs.add([60.0] * 20)
    assert tail.seconds(0.0, 20, runs) == pytest.approx(60.0, rel=0.01)
    told = []
    for minute in range(1, 13):
        runs.add([1.0] * 20)
        told.append(tail.seconds(minute * 60.0, 20 + minute * 20, runs))
    assert told[:9] == [pytest.approx(60.0, rel=0.01)] * 9
    assert told[-1] == pytest.approx(1.0, rel=0.01)


def test_while_little_ends_it_stays_as_it_was() -> None:
    tail, runs = ServiceTail(), Runs()
    runs.add([5.0] * 20)
    tail.seconds(0.0, 20, runs)
    runs.add([1.0])
    assert tail.seconds(3_600.0, 21, runs) == pytest.approx(5.0, rel=0.01)
    runs.add([1.0])
    assert tail.seconds(7_200.0, 22, runs) == pytest.approx(5.0, rel=0.01)


def test_histograms_are_copied_each_ten_seconds_at_most_and_not_while_nothing_ends() -> None:
    tail, runs = ServiceTail(), Runs()
    runs.add([1.0] * 20)
    for second in range(10):
        tail.seconds(float(second), 20 + second, runs)
    assert runs.asked == 1
    for second in range(10, 3_600):
        tail.seconds(float(second), 29, runs)
    assert runs.asked == 2
