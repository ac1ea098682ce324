"""Whom to start and whom to let go, so that the pool comes to its target."""

from __future__ import annotations

from punctuald.policy.pool.fleet import PoolSlot, State
from punctuald.policy.pool.reconcile import DrainOrder, InHand, PoolPlan, reconcile

NOTHING = PoolPlan((), ())


def pool(*states: State, generation: int = 1) -> list[PoolSlot]:
    return [PoolSlot(index, state, generation=generation) for index, state in enumerate(states)]


def test_missing_workers_are_started_at_the_lowest_free_slots() -> None:
    slots = pool(State.READY, State.EMPTY, State.DRAINING, State.EMPTY, State.EMPTY)
    assert reconcile(slots, 3, 1, {}) == PoolPlan(start=(1, 3), drain=())


def test_a_pool_at_its_target_is_left_alone() -> None:
    assert reconcile(pool(State.READY, State.STARTING, State.EMPTY), 2, 1, {}) == NOTHING


def test_one_that_is_leaving_already_does_not_count() -> None:
    slots = pool(State.DRAINING, State.STOPPING, State.KILLING, State.EMPTY)
    assert reconcile(slots, 1, 1, {}).start == (3,)


def test_a_crash_loop_keeps_its_share_of_the_target() -> None:
    slots = pool(State.BACKOFF, State.FATAL, State.EMPTY, State.EMPTY, State.EMPTY)
    assert reconcile(slots, 2, 1, {}) == NOTHING
    assert reconcile(slots, 3, 1, {}).start == (2,)


def test_too_many_are_drained_the_unready_first_then_the_idle_and_of_equals_the_highest_slot() -> None:
    slots = pool(State.READY, State.READY, State.READY, State.STARTING)
    busy = {index: InHand(busy_slots=slots) for index, slots in {0: 1, 1: 3, 2: 1}.items()}
    assert [leaving.index for leaving in reconcile(slots, 1, 1, busy).drain] == [3, 2, 0]
    assert reconcile(slots, 3, 1, busy).drain == (DrainOrder(3, "scaled in"),)


def test_workers_that_hold_nothing_go_first_then_those_that_hold_the_fewest_however_busy() -> None:
    slots = pool(State.READY, State.READY, State.READY, State.READY)
    in_hand = {0: InHand(0, 4), 1: InHand(0, 2), 2: InHand(30, 0), 3: InHand(5, 0)}
    assert [leaving.index for leaving in reconcile(slots, 0, 1, in_hand).drain] == [1, 0, 3, 2]


def test_an_unready_worker_goes_before_all_that_are_ready_for_it_can_hold_nothing() -> None:
    slots = pool(State.READY, State.STARTING)
    assert reconcile(slots, 1, 1, {}).drain == (DrainOrder(1, "scaled in"),)


def test_the_old_one_drains_only_when_its_replacement_is_ready() -> None:
    old, empty = PoolSlot(0, State.READY, generation=1), PoolSlot(1)
    assert reconcile([old, empty], 1, 2, {}) == PoolPlan(start=(1,), drain=())
    assert reconcile([old, PoolSlot(1, State.STARTING, generation=2)], 1, 2, {}) == NOTHING
    replaced = reconcile([old, PoolSlot(1, State.READY, generation=2)], 1, 2, {})
    assert replaced == PoolPlan(start=(), drain=(DrainOrder(0, "settings changed"),))


def test_replacements_come_one_at_a_time_and_the_oldest_goes_first() -> None:
    old = [PoolSlot(index, State.READY, generation=1, spawned_mono=10.0 - index) for index in range(3)]
    free = [PoolSlot(index) for index in range(3, 6)]
    assert reconcile([*old, *free], 3, 2, {}).start == (3,)
    one_ready = [*old, PoolSlot(3, State.READY, generation=2), *free[1:]]
    assert reconcile(one_ready, 3, 2, {}) == PoolPlan(start=(), drain=(DrainOrder(2, "settings changed"),))


def test_an_old_one_that_never_got_ready_goes_before_a_ready_one_however_old() -> None:
    oldest = PoolSlot(0, State.READY, generation=1, spawned_mono=1.0)
    unready = PoolSlot(1, State.STARTING, generation=1, spawned_mono=2.0)
    successor = PoolSlot(2, State.READY, generation=2, spawned_mono=3.0)
    assert reconcile([oldest, unready, successor], 2, 2, {}).drain == (DrainOrder(1, "settings changed"),)


def test_a_worker_that_served_its_time_is_replaced_for_its_own_reason() -> None:
    recycled = PoolSlot(0, State.READY, generation=1, retire_reason="memory")
    assert reconcile([recycled, PoolSlot(1)], 1, 1, {}) == PoolPlan(start=(1,), drain=())
    replaced = reconcile([recycled, PoolSlot(1, State.READY, generation=1)], 1, 1, {})
    assert replaced.drain == (DrainOrder(0, "memory"),)


def test_with_no_slot_free_nothing_is_started() -> None:
    assert reconcile(pool(State.DRAINING, State.DRAINING), 2, 1, {}) == NOTHING
