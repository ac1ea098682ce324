"""How far the pool is cut while handlers fail, and how it comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from doubles.scaling.observations import CALM, failing, later
from punctuald.policy.scaling.error_guard import ErrorGuardState, watch_errors
from punctuald.policy.scaling.failures import Outcomes
from punctuald.policy.scaling.observation import Observation

LIMIT = 0.05
EIGHT = replace(CALM, workers_ordered=8, workers_ready=8, busy_slots=32)


def watched(observation: Observation, state: ErrorGuardState | None = None) -> ErrorGuardState:
    return watch_errors(observation, state or ErrorGuardState(), LIMIT, min_workers=1)


def story(share_of: Callable[[float, int], float], seconds: int, wanted: int = 8) -> list[int]:
    """Workers at each second, where ``share_of`` (second, workers) fail and the pool has what the limit allows."""
    state, workers, seen = ErrorGuardState(), wanted, list[int]()
    shares: list[float] = []
    for second in range(seconds):
        shares.append(share_of(second, workers))
        pool = replace(EIGHT, workers_ordered=workers, workers_ready=workers)
        recent = sum(shares[-10:]) / len(shares[-10:])
        state = watched(later(failing(pool, recent, sum(shares[-3:]) / len(shares[-3:])), second), state)
        workers = wanted if state.cap is None else min(wanted, state.cap)
        seen.append(workers)
    return seen


def test_a_small_excess_costs_no_more_workers_than_handlers_fail() -> None:
    """8 workers at 7.1 % were cut to 1 in one decision, and stayed so for 40 s."""
    assert watched(failing(EIGHT, 0.071)).cap == 8
    assert watched(failing(replace(EIGHT, workers_ordered=40, workers_ready=40), 0.071)).cap == 38


def test_that_slots_are_idle_just_now_makes_a_cut_no_deeper() -> None:
    assert watched(failing(replace(EIGHT, busy_slots=4), 0.071)).cap == 8


@pytest.mark.parametrize("share", [0.071, 0.3, 0.45])
def test_failures_that_fewer_workers_do_not_help_against_are_borne(share: float) -> None:
    workers = story(lambda _second, _workers: share, 300)

    assert min(workers) >= (1 - share) * 8
    assert workers[20:] == [8] * 280


def test_borne_failures_that_become_more_are_met_again_and_those_that_end_are_forgotten() -> None:
    bearing = ErrorGuardState(borne_share=0.1)

    assert watched(failing(EIGHT, 0.1), bearing).cap is None
    assert watched(failing(EIGHT, 0.2), bearing).cap == 7
    assert watched(failing(EIGHT, 0.04), bearing).borne_share == 0.0


@pytest.mark.parametrize("ready", [0, 1, 8])
def test_no_decision_takes_more_than_half_of_the_pool(ready: int) -> None:
    assert watched(failing(replace(EIGHT, workers_ready=ready), 1.0)).cap == 4


def test_a_second_cut_waits_until_the_first_can_be_seen() -> None:
    """All that are counted, over ten seconds, began after it and took a tenth of a second."""
    state = watched(failing(EIGHT, 1.0))
    four = failing(replace(EIGHT, workers_ordered=4, workers_ready=4), 1.0)

    assert watched(later(four, 10.0), state).cap == 4
    assert watched(later(four, 10.1), state).cap == 2


def test_slow_handlers_are_given_the_time_that_they_take() -> None:
    slow = replace(EIGHT, mean_service_seconds=60.0, outcomes=Outcomes(70, 100, 200.0), latest_outcomes=Outcomes(5, 5))
    state = watched(slow)
    four = replace(slow, workers_ordered=4, workers_ready=4)

    assert state.cap == 4
    assert watched(later(four, 259.0), state).cap == 4
    assert watched(later(four, 260.0), state).cap == 2


def test_where_all_fail_the_pool_is_halved_again_and_again() -> None:
    workers = story(lambda _second, _workers: 1.0, 40)

    assert list(dict.fromkeys(workers)) == [4, 2, 1]


def test_where_a_cut_helps_another_one_is_made_from_there() -> None:
    state = watched(failing(EIGHT, 0.5))
    helped = later(failing(replace(EIGHT, workers_ordered=4, workers_ready=4), 0.3), 11.0)

    assert (state.cap, watched(helped, state).cap) == (4, 3)


def test_as_soon_as_the_failures_end_the_workers_are_back_within_seconds() -> None:
    workers = story(lambda second, _workers: 1.0 if second < 30 else 0.0, 60)

    assert workers[29] == 1
    assert workers[45] == 8


def test_one_that_bears_half_the_workers_is_not_overloaded_every_few_seconds() -> None:
    workers = story(lambda _second, workers: max(0.0, 1 - 4.5 / workers), 600)

    assert sum(now > 4 for now in workers) < 300
    assert sum(before <= 4 < now for before, now in pairwise(workers)) < 600 / 20


def test_relapses_that_are_long_past_are_forgotten() -> None:
    long_ago = ErrorGuardState(grown_mono=CALM.now_mono - 61.0, recovery_seconds=30.0)

    assert watched(failing(EIGHT, 0.5), long_ago).recovery_seconds == 2.0


def test_a_few_failures_of_a_few_handlers_are_not_believed_and_many_are() -> None:
    few = replace(EIGHT, outcomes=Outcomes(2, 19, 60.0), latest_outcomes=Outcomes(2, 5, 10.0))
    many = replace(few, outcomes=Outcomes(6, 19, 60.0))

    assert watched(few).cap is None
    assert watched(many).cap is not None


def test_the_share_that_the_owner_bears_is_no_failure() -> None:
    assert watched(failing(EIGHT, 0.05)).cap is None
    assert watched(replace(EIGHT, outcomes=Outcomes(), latest_outcomes=Outcomes())).cap is None
