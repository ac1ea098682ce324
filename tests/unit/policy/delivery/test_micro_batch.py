"""How many messages a handler thread gets at once, and how many threads may compute at the same time."""

from __future__ import annotations

import pytest

from punctuald.policy.delivery.micro_batch import (
    MEMORY_SECONDS,
    MOST,
    CpuUse,
    after_look,
    after_run,
    computes,
    length,
    most_at_once,
    straggling_after_seconds,
)

WAITS = CpuUse()


@pytest.mark.parametrize(
    ("mean_service_seconds", "most"),
    [(None, 1), (0.0, 1), (60.0, 1), (0.005, 1), (0.0025, 2), (0.0005, 10), (0.0001, 50), (0.00001, MOST)],
)
def test_one_thread_takes_as_much_as_it_does_in_five_milliseconds(
    mean_service_seconds: float | None, most: int
) -> None:
    assert length(mean_service_seconds, WAITS, 1_000, 1) == most


def test_work_that_is_worth_it_is_spread_over_the_idle_threads() -> None:
    assert [length(0.001, WAITS, ready, 4) for ready in (3, 4, 5, 40)] == [1, 1, 2, 5]


def test_little_work_is_not_worth_a_second_threads_waking() -> None:
    assert length(0.00001, WAITS, 60, 4) == MOST
    assert length(0.0004, WAITS, 5, 4) == 12


def use(cpu_seconds: float, at_once: int, runs: int = 100, begun: CpuUse | None = None) -> CpuUse:
    """What is known after so many runs of a second on the clock each."""
    known = begun or CpuUse()
    for _ in range(runs):
        known = after_run(known, cpu_seconds, 1.0, at_once)
    return known


def test_nobody_is_held_back_before_anything_is_known() -> None:
    assert most_at_once(CpuUse(), 64) == 64


def test_handlers_that_wait_may_take_all_slots() -> None:
    assert most_at_once(use(0.001, at_once=64), 64) == 64
    assert most_at_once(use(0.05, at_once=4), 4) == 4


def test_of_those_that_compute_two_run_at_once() -> None:
    assert [most_at_once(use(1.0, at_once=1), slots) for slots in (1, 2, 4, 64)] == [1, 2, 2, 2]
    assert most_at_once(use(0.5, at_once=2), 64) == 2  # two that share one core


def test_of_those_that_compute_and_let_go_of_the_lock_all_run_at_once() -> None:
    assert most_at_once(use(0.9, at_once=2), 64) == 64  # together 1.8 cores


def test_more_may_run_where_two_would_not_fill_a_core() -> None:
    waiting_mostly = use(0.2, at_once=2)  # 0.4 cores: nobody is held back
    assert most_at_once(waiting_mostly, 64) == 64
    crowded = use(1 / 64, at_once=64, begun=waiting_mostly)  # all of them get one core together, and could use more
    assert crowded.cores == pytest.approx(1.0, abs=0.01)
    assert most_at_once(crowded, 64) == 64


def test_of_two_that_compute_each_waits_for_the_other_half_of_its_time_and_takes_twice_as_many() -> None:
    assert length(0.001, use(0.5, at_once=2), 1_000, 1) == 10
    assert length(0.001, use(1.0, at_once=1), 1_000, 1) == 5
    assert straggling_after_seconds(use(0.5, at_once=2)) == 2 * straggling_after_seconds(WAITS)


def test_a_run_weighs_by_its_time_so_that_a_thousand_of_microseconds_do_not_hide_one_that_waits() -> None:
    computing = use(1.0, at_once=1)
    assert computes(computing)
    waited = after_run(computing, 0.0, 1.0, 1)
    assert not computes(waited)
    for _ in range(1_000):
        waited = after_run(waited, 0.000_01, 0.000_01, 1)
    assert not computes(waited)


def test_so_much_work_weighs_as_much_as_all_before_it() -> None:
    known = after_run(CpuUse(0.0, 0.0), MEMORY_SECONDS, MEMORY_SECONDS, 1)
    assert known == pytest.approx((0.5, 0.5))


def test_a_clock_that_stood_still_is_no_error() -> None:
    assert after_run(CpuUse(0.8, 0.8), 0.1, 0.0, 1) == CpuUse(0.8, 0.8)


def test_no_share_of_a_core_is_more_than_one() -> None:
    assert use(5.0, at_once=1).cores == pytest.approx(1.0, abs=0.001)


def test_handlers_are_not_held_back_as_computing_in_a_process_that_takes_no_cpu() -> None:
    computing = use(1.0, at_once=1)
    assert most_at_once(after_look(computing, 0.004, 0.02), 8) == 8
    assert after_look(computing, 0.019, 0.02) == computing
