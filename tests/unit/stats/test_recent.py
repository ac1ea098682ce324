from __future__ import annotations

from punctuald.stats.recent import KEPT, RecentRuns


def test_nothing_is_known_before_the_first_message() -> None:
    assert RecentRuns().mean_seconds is None
    assert RecentRuns().p99_seconds() is None


def test_every_one_of_the_first_messages_counts_at_once() -> None:
    recent = RecentRuns()
    recent.add([1_000_000])
    assert recent.p99_seconds() == 1.0
    recent.add([3_000_000, 2_000_000])
    assert (recent.mean_seconds, recent.p99_seconds()) == (2.0, 3.0)


def test_what_is_long_ago_is_forgotten() -> None:
    recent = RecentRuns()
    for _ in range(KEPT):
        recent.add([9_000_000])
    for _ in range(KEPT):
        recent.add([500_000])
    assert (recent.mean_seconds, recent.p99_seconds()) == (0.5, 0.5)


def test_the_99th_percentile_leaves_the_slowest_hundredth_out() -> None:
    recent = RecentRuns()
    for run_us in range(1, 101):
        recent.add([run_us * 1_000])
    assert recent.p99_seconds() == 0.099
