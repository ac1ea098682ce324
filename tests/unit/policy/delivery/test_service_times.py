"""How long handlers took lately."""

from __future__ import annotations

import pytest

from punctuald.policy.delivery.service_times import KEPT, ServiceTimes


def test_nothing_is_known_before_the_first_message() -> None:
    assert ServiceTimes().mean_seconds is None
    assert ServiceTimes().p99_seconds() is None


def test_every_one_of_the_first_messages_counts_at_once() -> None:
    times = ServiceTimes()
    times.add([1.0])
    assert times.p99_seconds() == 1.0
    times.add([3.0, 2.0])
    assert (times.mean_seconds, times.p99_seconds()) == (2.0, 3.0)


def test_what_is_long_ago_is_forgotten() -> None:
    times = ServiceTimes()
    for _ in range(KEPT):
        times.add([9.0])
    for _ in range(KEPT):
        times.add([0.5])
    assert (times.mean_seconds, times.p99_seconds()) == (0.5, 0.5)


def test_the_99th_percentile_leaves_the_slowest_hundredth_out() -> None:
    times = ServiceTimes()
    times.add([run_ms / 1_000 for run_ms in range(1, 101)])
    assert times.p99_seconds() == 0.099


def test_adding_and_forgetting_leaves_no_error_behind() -> None:
    times = ServiceTimes()
    times.add([1e9] * KEPT)
    for _ in range(3):
        times.add([1e-9] * KEPT)
        times.p99_seconds()
    assert times.mean_seconds is not None
    times.add([1e-9])
    assert times.mean_seconds == pytest.approx(1e-9)
