"""Logs that are not as they should be: each gets clear words, and no gap is taken for silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubles.log_report.made_log import NOON, daemon, line, report, tier, write
from punctuald.view.log_report.facts import NO_INTERVALS, about_log


def words(tmp_path: Path, *lines: bytes) -> str:
    return " ".join(about_log(report(write(tmp_path / "vm1.log", lines))))


def test_an_empty_log(tmp_path: Path) -> None:
    found = report(write(tmp_path / "vm1.log", []))
    assert about_log(found) == ("It is empty.", NO_INTERVALS)


def test_a_log_without_intervals(tmp_path: Path) -> None:
    assert NO_INTERVALS in words(tmp_path, line("daemon.started"), b"Traceback")


def test_intervals_of_another_version_are_named_and_left_out(tmp_path: Path) -> None:
    other = line(
        "stats.interval", process="observer", scope="shard", begin="2026-11-27T12:00:00Z", seconds=10.0, count=7
    )
    older = line("stats.interval", process="observer", begin="2026-11-27T12:00:00Z", seconds=10.0, count=7)
    said = words(tmp_path, daemon(), tier(), other, older)
    assert "2 of 4 intervals have a scope that this version does not know" in said


@pytest.mark.parametrize(("event", "stopped"), [("daemon.stopped", True), ("worker.drained", False)])
def test_hours_without_intervals_are_a_gap(tmp_path: Path, event: str, *, stopped: bool) -> None:
    path = write(tmp_path / "vm1.log", [daemon(), line(event, NOON + 10), daemon(NOON + 7200)])
    [gap] = report(path).gaps
    assert (gap.begin_utc, gap.end_utc, gap.stopped) == (NOON + 10, NOON + 7200, stopped)


def test_a_clock_that_was_set_back_is_named(tmp_path: Path) -> None:
    said = words(tmp_path, *(daemon(NOON + at) for at in (0, 10, 20, 5, 15)))
    assert "intervals begin before the previous one ended" in said
    assert "set back" in said


def test_a_log_in_order_is_nothing_to_speak_of(tmp_path: Path) -> None:
    found = report(
        write(tmp_path / "vm1.log", [each for n in range(5) for each in (daemon(NOON + 10 * n), tier(NOON))])
    )
    assert (found.oddities, found.gaps) == ((), ())


def test_hosts_of_the_same_time_are_no_overlap(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{host}.log", [daemon(NOON + 10 * n) for n in range(3)]) for host in ("vm1", "vm2")]
    assert report(*paths).oddities == ()


def test_what_was_left_out_is_counted(tmp_path: Path) -> None:
    assert "Left out: 1 torn, 2 not ours, 1 blank." in words(tmp_path, daemon(), tier()[:-9], b"a", b"b", b"")
