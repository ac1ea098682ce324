"""When a worker has served its time."""

from __future__ import annotations

import pytest

from punctuald.policy.pool.recycling import RecyclingRules, WorkerAge, recycle_reason

RULES = RecyclingRules(after_messages=1_000, after_seconds=3_600, growth_bytes=100, jitter_share=0.1)


def test_without_limits_a_worker_serves_for_ever() -> None:
    assert recycle_reason(WorkerAge(10**9, 10**9, 10**12, 1), RecyclingRules(), 1.0) is None


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (WorkerAge(999, 3_599, 199, 100), None),
        (WorkerAge(1_000, 0), "messages"),
        (WorkerAge(0, 3_600), "age"),
        (WorkerAge(0, 0, 200, 100), "memory"),
        (WorkerAge(0, 0, 10**9, None), None),
        (WorkerAge(0, 0, None, 100), None),
    ],
)
def test_it_is_replaced_by_messages_by_age_and_by_growth_over_its_own_baseline(
    age: WorkerAge, reason: str | None
) -> None:
    assert recycle_reason(age, RULES, jitter=0.0) == reason


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (WorkerAge(0, 0, 499, 100), None),
        (WorkerAge(0, 0, 500, 100), "memory"),
        (WorkerAge(0, 0, 500, None), None),
        (WorkerAge(0, 0, descriptors=79, baseline_descriptors=20), None),
        (WorkerAge(0, 0, descriptors=80, baseline_descriptors=20), "descriptors"),
    ],
)
def test_it_is_replaced_by_what_it_has_in_all(age: WorkerAge, reason: str | None) -> None:
    assert recycle_reason(age, RecyclingRules(memory_bytes=500, descriptors=80), jitter=0.0) == reason


def test_who_was_over_a_limit_from_the_beginning_is_kept_for_the_next_one_would_be_as_well() -> None:
    rules = RecyclingRules(memory_bytes=500, descriptors=80)

    assert recycle_reason(WorkerAge(0, 0, 900, 500, 90, 80), rules, jitter=0.0) is None


def test_jitter_only_ever_shortens() -> None:
    assert recycle_reason(WorkerAge(899, 0), RULES, jitter=1.0) is None
    assert recycle_reason(WorkerAge(900, 0), RULES, jitter=1.0) == "messages"
    assert recycle_reason(WorkerAge(949, 0), RULES, jitter=0.5) is None
    assert recycle_reason(WorkerAge(950, 0), RULES, jitter=0.5) == "messages"
