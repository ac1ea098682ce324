"""PoolPlan over every pool: never too many, never a drain too much, and a rolling restart that costs no capacity."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.pool.fleet import SERVING, PoolSlot, State
from punctuald.policy.pool.reconcile import SURGE, InHand, PoolPlan, reconcile

TARGETS = st.integers(0, 8)
IN_HAND = st.dictionaries(st.integers(0, 15), st.builds(InHand, st.integers(0, 200), st.integers(0, 4)))
ANY_PLACE = st.builds(
    PoolSlot,
    index=st.just(0),
    state=st.sampled_from(State),
    generation=st.integers(1, 3),
    spawned_mono=st.floats(0, 100),
    retire_reason=st.sampled_from(["", "", "memory"]),
)


def pools(slot: st.SearchStrategy[PoolSlot]) -> st.SearchStrategy[list[PoolSlot]]:
    return st.lists(slot, max_size=16).map(
        lambda slots: [replace(slot, index=index) for index, slot in enumerate(slots)]
    )


POOLS = pools(ANY_PLACE)
SERVING_POOLS = pools(st.builds(replace, ANY_PLACE, state=st.sampled_from(sorted(SERVING))))
GENERATION = 3


def serving(slots: list[PoolSlot]) -> int:
    return sum(slot.state in SERVING for slot in slots)


def ready(slots: list[PoolSlot]) -> int:
    return sum(slot.state is State.READY for slot in slots)


def carried_out(slots: list[PoolSlot], plan: PoolPlan) -> list[PoolSlot]:
    """The pool after the supervisor did what ``plan`` says."""
    after = list(slots)
    for index in plan.start:
        after[index] = PoolSlot(index, State.STARTING, generation=GENERATION)
    for order_to_drain in plan.drain:
        after[order_to_drain.index] = replace(after[order_to_drain.index], state=State.DRAINING)
    return after


@given(POOLS, TARGETS, IN_HAND)
def test_nothing_is_started_beyond_the_target_and_one_for_a_replacement(
    slots: list[PoolSlot], target: int, in_hand: dict[int, InHand]
) -> None:
    plan = reconcile(slots, target, GENERATION, in_hand)
    waiting = sum(slot.state in {State.BACKOFF, State.FATAL} for slot in slots)
    assert not plan.start or serving(slots) + len(plan.start) + waiting <= target + SURGE


@given(POOLS, TARGETS, IN_HAND)
def test_only_empty_places_are_filled_and_only_serving_ones_drained_each_once(
    slots: list[PoolSlot], target: int, in_hand: dict[int, InHand]
) -> None:
    plan = reconcile(slots, target, GENERATION, in_hand)
    drained = [order_to_drain.index for order_to_drain in plan.drain]
    assert all(slots[index].state is State.EMPTY for index in plan.start)
    assert all(slots[index].state in SERVING for index in drained)
    assert all(order_to_drain.reason for order_to_drain in plan.drain)
    assert len(set(plan.start)) == len(plan.start)
    assert len(set(drained)) == len(drained)


@given(POOLS, TARGETS, IN_HAND)
def test_no_more_are_drained_than_there_are_too_many(
    slots: list[PoolSlot], target: int, in_hand: dict[int, InHand]
) -> None:
    plan = reconcile(slots, target, GENERATION, in_hand)
    assert len(plan.drain) <= max(0, serving(slots) - target)


@given(SERVING_POOLS, TARGETS, IN_HAND)
def test_replacing_takes_no_ready_worker_that_the_target_needs(
    slots: list[PoolSlot], target: int, in_hand: dict[int, InHand]
) -> None:
    plan = reconcile(slots, target, GENERATION, in_hand)
    replaced = {order_to_drain.index for order_to_drain in plan.drain if order_to_drain.reason != "scaled in"}
    left = [slot for slot in slots if slot.index not in replaced]
    assert ready(left) in {ready(slots), *range(target, len(slots))}


@given(POOLS, TARGETS, IN_HAND)
def test_plans_come_to_rest_and_never_let_go_whom_they_started(
    slots: list[PoolSlot], target: int, in_hand: dict[int, InHand]
) -> None:
    started: set[int] = set()
    for _ in range(2):  # letting a surplus go may make room for a replacement, and that is all
        plan = reconcile(slots, target, GENERATION, in_hand)
        assert started.isdisjoint(order_to_drain.index for order_to_drain in plan.drain)
        started.update(plan.start)
        slots = carried_out(slots, plan)
    assert reconcile(slots, target, GENERATION, in_hand) == PoolPlan((), ())


@given(st.integers(1, 8), st.lists(st.booleans(), min_size=60, max_size=60))
def test_a_rolling_restart_never_has_fewer_ready_than_wanted_and_comes_to_its_end(
    target: int, slow_starts: list[bool]
) -> None:
    slots = [PoolSlot(index, State.READY, generation=1, spawned_mono=index) for index in range(target)]
    slots += [PoolSlot(index) for index in range(target, 2 * target)]
    for slow in [*slow_starts, *[False] * (3 * target)]:
        slots = carried_out(slots, reconcile(slots, target, GENERATION, {}))
        assert ready(slots) >= target
        assert serving(slots) <= target + SURGE
        slots = [PoolSlot(slot.index) if slot.state is State.DRAINING else slot for slot in slots]
        if not slow:
            slots = [replace(slot, state=State.READY) if slot.state is State.STARTING else slot for slot in slots]
    assert [slot.generation for slot in slots if slot.state is not State.EMPTY] == [GENERATION] * target
