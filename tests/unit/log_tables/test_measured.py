"""What a replay is told of a log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from doubles.log_report.made_log import NOON, daemon, line, queue, tables, tier, write
from punctuald.log_tables.figures.clock import extent
from punctuald.log_tables.figures.measured import Measured, measured
from punctuald.log_tables.span import ALL, Span

SECOND = int(NOON)


def arrivals(first_second: int, counts: list[int], at: float = NOON + 60) -> bytes:
    return line("stats.arrivals", at, process="autoscaler", first_second=first_second, counts=counts)


def found(tmp_path: Path, *lines: bytes, span: Span = ALL) -> Measured:
    with tables(write(tmp_path / "vm1.log", lines), span=span) as log:
        covered = extent(log, "UTC")
        assert covered is not None
        return measured(log, covered)


def test_arrivals_of_several_lines_and_of_late_messages_are_added_up(tmp_path: Path) -> None:
    lines = [daemon(seconds=120.0), arrivals(SECOND, [5, 0, 2]), arrivals(SECOND + 2, [1, 4], NOON + 120)]
    assert found(tmp_path, *lines).arrivals == {SECOND: 5, SECOND + 2: 3, SECOND + 3: 4}


def test_what_was_sent_before_a_start_waits_for_it(tmp_path: Path) -> None:
    started = line("daemon.started", NOON - 1)
    assert found(tmp_path, started, daemon(), arrivals(SECOND - 30, [7])).arrivals == {SECOND - 30: 7}


def test_what_no_daemon_can_have_counted_is_left_out(tmp_path: Path) -> None:
    started = line("daemon.started", NOON - 1)
    counted = [arrivals(SECOND - 900, [7]), arrivals(SECOND - 2_000, [8]), arrivals(SECOND + 3_600, [9])]
    assert found(tmp_path, started, daemon(), *counted).arrivals == {SECOND - 900: 7}


def test_how_much_of_the_time_has_intervals(tmp_path: Path) -> None:
    assert found(tmp_path, daemon(), daemon(NOON + 10), daemon(NOON + 10)).covered_share == 1.0
    assert found(tmp_path, daemon(), daemon(NOON + 30)).covered_share == pytest.approx(0.5)


def test_what_was_sent_before_a_part_of_a_log_is_left_out(tmp_path: Path) -> None:
    assert found(tmp_path, daemon(), arrivals(SECOND - 1, [7, 9])).arrivals == {SECOND: 9}


def test_a_span_has_the_arrivals_that_are_told_after_its_end(tmp_path: Path) -> None:
    lines = [daemon(), daemon(NOON + 10), arrivals(SECOND, [3] * 20)]
    until = Span(until_utc=datetime.fromtimestamp(NOON + 10, UTC))
    assert sum(found(tmp_path, *lines, span=until).arrivals.values()) == 30


def test_times_are_by_span_and_a_stage_that_took_none_has_none(tmp_path: Path) -> None:
    histograms = {"handle": [[1200, 4], [1300, 1]], "settle": [[900, 2]]}
    lines = [daemon(), tier(met=5, histograms=histograms), daemon(NOON + 10), tier(NOON + 10, met=3)]
    times = found(tmp_path, *lines).times
    assert times["handle"] == ({1200: 4, 1300: 1}, {0: 3})
    assert times["settle"] == ({900: 2, 0: 3}, {0: 3})
    assert times["produce"] == ({0: 5}, {0: 3})


def test_starts_failures_and_what_is_missing(tmp_path: Path) -> None:
    ready = [line("process.ready", role="worker", start_seconds=seconds) for seconds in (1.0, 3.0)]
    other = line("process.ready", role="autoscaler", start_seconds=99.0)
    counted = queue(NOON, arrivals=50, counts={"done": 30, "failed": 10})
    world = found(tmp_path, daemon(), counted, *ready, other, arrivals(SECOND, [20]))
    assert (world.start_seconds, world.start_deviation_seconds) == (2.0, 1.0)
    assert world.failed_share == pytest.approx(0.25)
    assert (world.received, sum(world.arrivals.values())) == (50, 20)


def test_a_log_without_starts_says_nothing_of_them(tmp_path: Path) -> None:
    assert found(tmp_path, daemon()).start_seconds is None
