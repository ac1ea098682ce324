"""How a prediction is judged that `make chaos` holds against the real daemon."""

from __future__ import annotations

import pytest

from chaos.what_if.load import draw
from chaos.what_if.run import FEWEST_MESSAGES, Account, account, charges

BEFORE = Account(21_000, 0.94, 350.0)
PREDICTED = Account(21_000, 0.995, 400.0)


def test_the_load_is_large_enough_and_the_same_each_time() -> None:
    load = draw(seed=1)
    assert len(load.due_seconds) >= FEWEST_MESSAGES
    assert load.bodies == draw(seed=1).bodies


def test_an_account_has_all_tiers() -> None:
    tiers = [{"messages": 60, "met": 50}, {"messages": 40, "met": 40}]
    assert account(tiers, worker_seconds=1800.0) == Account(100, 0.9, 1800.0)


def test_the_median_of_the_runs_counts() -> None:
    after = [Account(21_000, compliance, 390.0) for compliance in (0.92, 0.994, 0.996)]
    assert charges(BEFORE, PREDICTED, after) == []


@pytest.mark.parametrize(
    ("before", "after", "charge"),
    [
        (BEFORE, Account(21_000, 0.98, 400.0), "compliance is 1.50 points from what was predicted"),
        (BEFORE, Account(21_000, 0.995, 320.0), "worker-seconds are 20.0% from what was predicted"),
        (Account(9_000, 0.94, 350.0), PREDICTED, "no test of a prediction: 9000 messages before, 6.00% of them late"),
        (Account(21_000, 0.99, 350.0), PREDICTED, "no test of a prediction: 21000 messages before, 1.00% of them late"),
    ],
)
def test_what_is_too_far_from_it_is_charged(before: Account, after: Account, charge: str) -> None:
    assert charges(before, PREDICTED, [after]) == [charge]
