"""Muster over every pool: never too many, never a drain too much, and a rolling restart that costs no capacity."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.pool.fleet import SERVING, Place, State
from punctuald.policy.pool.reconcile import SURGE, Muster, muster

TARGETS = st.integers(0, 8)
BUSY = st.dictionaries(st.integers(0, 15), st.integers(0, 4))
ANY_PLACE = st.builds(
    Place,
    index=st.just(0),
    state=st.sampled_from(State),
    generation=st.integers(1, 3),
    spawned_mono=st.floats(0, 100),
    retire_reason=st.sampled_from(["", "", "memory"]),
)


def pools(place: st.SearchStrategy[Place]) -> st.SearchStrategy[list[Place]]:
    return st.lists(place, max_size=16).map(
        lambda places: [replace(place, index=index) for index, place in enumerate(places)]
    )


POOLS = pools(ANY_PLACE)
SERVING_POOLS = pools(st.builds(replace, ANY_PLACE, state=st.sampled_from(sorted(SERVING))))
GENERATION = 3


def serving(places: list[Place]) -> int:
    return sum(place.state in SERVING for place in places)


def ready(places: list[Place]) -> int:
    return sum(place.state is State.READY for place in places)


def carried_out(places: list[Place], plan: Muster) -> list[Place]:
    """The pool after the supervisor did what ``plan`` says."""
    after = list(places)
    for index in plan.start:
        after[index] = Place(index, State.STARTING, generation=GENERATION)
    for dismissal in plan.drain:
        after[dismissal.index] = replace(after[dismissal.index], state=State.DRAINING)
    return after


@given(POOLS, TARGETS, BUSY)
def test_nothing_is_started_beyond_the_target_and_one_for_a_replacement(
    places: list[Place], target: int, busy: dict[int, int]
) -> None:
    plan = muster(places, target, GENERATION, busy)
    waiting = sum(place.state in {State.BACKOFF, State.FATAL} for place in places)
    assert not plan.start or serving(places) + len(plan.start) + waiting <= target + SURGE


@given(POOLS, TARGETS, BUSY)
def test_only_empty_places_are_filled_and_only_serving_ones_drained_each_once(
    places: list[Place], target: int, busy: dict[int, int]
) -> None:
    plan = muster(places, target, GENERATION, busy)
    drained = [dismissal.index for dismissal in plan.drain]
    assert all(places[index].state is State.EMPTY for index in plan.start)
    assert all(places[index].state in SERVING for index in drained)
    assert all(dismissal.reason for dismissal in plan.drain)
    assert len(set(plan.start)) == len(plan.start)
    assert len(set(drained)) == len(drained)


@given(POOLS, TARGETS, BUSY)
def test_no_more_are_drained_than_there_are_too_many(places: list[Place], target: int, busy: dict[int, int]) -> None:
    plan = muster(places, target, GENERATION, busy)
    assert len(plan.drain) <= max(0, serving(places) - target)


@given(SERVING_POOLS, TARGETS, BUSY)
def test_replacing_takes_no_ready_worker_that_the_target_needs(
    places: list[Place], target: int, busy: dict[int, int]
) -> None:
    plan = muster(places, target, GENERATION, busy)
    replaced = {dismissal.index for dismissal in plan.drain if dismissal.reason != "scaled in"}
    left = [place for place in places if place.index not in replaced]
    assert ready(left) in {ready(places), *range(target, len(places))}


@given(POOLS, TARGETS, BUSY)
def test_plans_come_to_rest_and_never_let_go_whom_they_started(
    places: list[Place], target: int, busy: dict[int, int]
) -> None:
    started: set[int] = set()
    for _ in range(2):  # letting a surplus go may make room for a replacement, and that is all
        plan = muster(places, target, GENERATION, busy)
        assert started.isdisjoint(dismissal.index for dismissal in plan.drain)
        started.update(plan.start)
        places = carried_out(places, plan)
    assert muster(places, target, GENERATION, busy) == Muster((), ())


@given(st.integers(1, 8), st.lists(st.booleans(), min_size=60, max_size=60))
def test_a_rolling_restart_never_has_fewer_ready_than_wanted_and_comes_to_its_end(
    target: int, slow_starts: list[bool]
) -> None:
    places = [Place(index, State.READY, generation=1, spawned_mono=index) for index in range(target)]
    places += [Place(index) for index in range(target, 2 * target)]
    for slow in [*slow_starts, *[False] * (3 * target)]:
        places = carried_out(places, muster(places, target, GENERATION, {}))
        assert ready(places) >= target
        assert serving(places) <= target + SURGE
        places = [Place(place.index) if place.state is State.DRAINING else place for place in places]
        if not slow:
            places = [replace(place, state=State.READY) if place.state is State.STARTING else place for place in places]
    assert [place.generation for place in places if place.state is not State.EMPTY] == [GENERATION] * target
