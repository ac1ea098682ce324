"""Only what was done between two full looks is known to be all that could be done."""

from __future__ import annotations

import pytest

from punctuald.process.autoscaler.slots.saturated_throughput import SaturatedThroughput

FULL, IDLE = 8, 3


def test_slot_seconds_and_messages_count_from_one_full_look_to_the_next() -> None:
    throughput = SaturatedThroughput(60.0)
    looks = [throughput.observe(second, 8, FULL, 1_000 * second) for second in range(5)]
    assert [looks[0], looks[-1]] == [(0, 0), (8 * 4, 4_000)]


@pytest.mark.parametrize("second", [1, 2])
def test_an_idle_look_breaks_the_row_on_both_of_its_sides(second: int) -> None:
    throughput = SaturatedThroughput(60.0)
    for now in range(4):
        seen = throughput.observe(now, 8, IDLE if now == second else FULL, 100 * now)
    assert seen == (8 * 1, 100)


def test_a_worker_that_came_or_went_breaks_it_too() -> None:
    throughput = SaturatedThroughput(60.0)
    throughput.observe(0.0, 8, 8, 0)
    assert [throughput.observe(1.0, 12, 12, 500), throughput.observe(2.0, 12, 12, 900)] == [(0, 0), (12, 400)]


def test_no_workers_are_never_full() -> None:
    throughput = SaturatedThroughput(60.0)
    throughput.observe(0.0, 0, 0, 0)
    assert throughput.observe(1.0, 0, 0, 50) == (0, 0)


def test_what_is_long_ago_is_forgotten() -> None:
    throughput = SaturatedThroughput(10.0)
    for now in range(3):
        throughput.observe(now, 8, FULL, now)
    assert throughput.observe(30.0, 8, IDLE, 5) == (0, 0)
