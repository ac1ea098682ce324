"""When intervals are written, and what becomes of one that can't be."""

from __future__ import annotations

from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.stats.scripted_figures import ScriptedFigures
from punctuald import logs
from punctuald.clock import ManualClock
from punctuald.process.observer import interval_log
from punctuald.process.observer.interval_log import IntervalLog
from punctuald.stats.board.tables.observer_words import ObserverWords
from punctuald.stats.figures.intervals import Interval

SECONDS = 10


class Bench:
    """Starts 4 s before :00. A log that takes ``room`` lines, which each interval has three of."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = ManualClock(utc=1_700_000_396.0)
        self.words = ObserverWords()
        self.figures = ScriptedFigures()
        self.reported: list[Interval] = []
        self.room = 1000
        self.lines: list[Any] = []
        monkeypatch.setattr(interval_log, "interval_lines", self.lines_of)
        monkeypatch.setattr(logs, "is_complete", self.took_it)
        self.log = self.started()

    def lines_of(self, _interval: Interval, *, begin_utc: float, seconds: float) -> list[dict[str, object]]:
        return [{"begin_utc": begin_utc, "seconds": seconds, "part": part} for part in (1, 2, 3)]

    def took_it(self) -> bool:
        self.room -= 1
        if self.room >= 0:
            self.lines.append(self.captured[-1])
        return self.room >= 0

    def started(self) -> IntervalLog:
        return IntervalLog(
            self.figures,
            interval_seconds=SECONDS,
            words=self.words,
            clock=self.clock,
            on_reported=self.reported.append,
        )

    def look(self) -> None:
        with capture_logs() as self.captured:
            self.log.look()

    def finish(self) -> bool:
        with capture_logs() as self.captured:
            return self.log.finish()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.look()

    @property
    def spans(self) -> list[tuple[float, float, int]]:
        return [(line["begin_utc"] - 1_700_000_400, line["seconds"], line["part"]) for line in self.lines]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def spans(begin: float, seconds: float) -> list[tuple[float, float, int]]:
    return [(begin, seconds, part) for part in (1, 2, 3)]


def test_intervals_begin_and_end_on_the_clocks_tens(bench: Bench) -> None:
    assert bench.log.seconds_to_next() == 4
    bench.advance(3.5)
    assert bench.lines == []
    bench.advance(0.5)
    bench.advance(5)
    bench.advance(5)
    assert bench.spans == [*spans(-4, 4), *spans(0, 10)]
    assert bench.figures.logs == len(bench.reported) == 2


def test_an_interval_of_which_nothing_could_be_written_joins_the_next(bench: Bench) -> None:
    bench.room = 0
    bench.advance(4)
    assert bench.figures.logs == 0
    bench.room = 100
    bench.advance(1)
    assert bench.lines == []
    bench.advance(9)
    assert bench.spans == spans(-4, 14)
    assert bench.figures.logs == 1


def test_the_rest_of_an_interval_that_is_partly_written_comes_before_the_next(bench: Bench) -> None:
    bench.room = 1
    bench.advance(4)
    bench.advance(10)  # nothing goes through, and the interval is as it was
    assert (len(bench.lines), bench.figures.logs, bench.figures.reads) == (1, 0, 1)
    bench.room = 100
    bench.advance(1)
    assert bench.spans == spans(-4, 4)
    assert bench.figures.logs == 1
    bench.advance(9)
    assert bench.spans[3:] == spans(0, 20)


def test_a_new_observer_begins_where_the_last_interval_ended(bench: Bench) -> None:
    bench.advance(4)
    bench.clock.advance(3)
    bench.log = bench.started()
    bench.advance(7)
    assert bench.spans[3:] == spans(0, 10)


def test_where_none_could_be_written_a_new_observer_goes_on_from_where_the_first_one_began(bench: Bench) -> None:
    bench.clock.advance(2)
    bench.log = bench.started()
    bench.advance(2)
    assert bench.spans == spans(-4, 4), "all that the boards have was counted since then"


def test_the_last_interval_ends_when_the_daemon_does(bench: Bench) -> None:
    bench.advance(4)
    bench.clock.advance(2.5)
    assert bench.finish()
    assert bench.spans[3:] == spans(0, 2.5)


def test_a_last_interval_that_could_not_be_written_is_tried_again(bench: Bench) -> None:
    bench.room = 2
    assert not bench.finish()
    bench.room = 100
    assert bench.finish()
    assert {line["part"] for line in bench.lines} == {1, 2, 3}
    bench.room = 0
    assert not bench.finish()


def test_a_wall_clock_that_is_set_back_ends_one_interval_early_and_counts_no_second_twice(bench: Bench) -> None:
    bench.advance(4)
    bench.clock.advance(3)
    bench.clock.jump_utc(-3600)
    bench.look()
    bench.advance(7)
    assert [seconds for _, seconds, part in bench.spans if part == 1] == [4, 3, 7]
