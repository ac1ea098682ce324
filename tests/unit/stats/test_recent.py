from __future__ import annotations

import pytest

from punctuald.stats.recent import KEPT, RecentRuns


def test_nothing_is_known_before_the_first_message() -> None:
    assert RecentRuns().mean_seconds is None
    assert RecentRuns().p99_seconds() is None


def test_every_one_of_the_first_messages_counts_at_once() -> None:
    recent = RecentRuns()
    recent.add([1.0])
    assert recent.p99_seconds() == 1.0
    recent.add([3.0, 2.0])
    assert (recent.mean_seconds, recent.p99_seconds()) == (2.0, 3.0)


def test_what_is_long_ago_is_forgotten() -> None:
    recent = RecentRuns()
    for _ in range(KEPT):
        recent.add([9.0])
    for _ in range(KEPT):
        recent.add([0.5])
    assert (recent.mean_seconds, recent.p99_seconds()) == (0.5, 0.5)


def test_the_99th_percentile_leaves_the_slowest_hundredth_out() -> None:
    recent = RecentRuns()
    recent.add([run_ms / 1_000 for run_ms in range(1, 101)])
    assert recent.p99_seconds() == 0.099


def test_adding_and_forgetting_leaves_no_error_behind() -> None:
    recent = RecentRuns()
    recent.add([1e9] * KEPT)
    for _ in range(3):
        recent.add([1e-9] * KEPT)
        recent.p99_seconds()
    assert recent.mean_seconds is not None
    recent.add([1e-9])
    assert recent.mean_seconds == pytest.approx(1e-9)
