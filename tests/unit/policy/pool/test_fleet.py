"""The table of a slot's life: what each event means, step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.process.settings_generation import RULES
from punctuald.policy.pool.fleet import (
    Action,
    Event,
    PoolSlot,
    State,
    backoff_seconds,
    exit_event,
    is_stale,
    next_due_mono,
    spawned,
    step,
)

MISCONFIGURED = 78
NOT_YET = 75
BORN_MONO = 100.0


def born(slot: PoolSlot | None = None) -> PoolSlot:
    return spawned(slot or PoolSlot(4), generation=7, now_mono=BORN_MONO, rules=RULES)


def after(slot: PoolSlot, *events: Event, now_mono: float = BORN_MONO + 1) -> PoolSlot:
    for event in events:
        slot = step(slot, event, now_mono, RULES).slot
    return slot


def die_young_while_starting(times: int, event: Event = Event.EXITED_YOUNG) -> PoolSlot:
    slot = PoolSlot(4)
    for _ in range(times):
        slot = after(born(slot), event)
        if slot.state is State.BACKOFF:
            slot = after(slot, Event.OVERDUE)
    return slot


def test_a_new_process_takes_the_slot_and_clears_the_old_ones_retirement() -> None:
    slot = born(replace(PoolSlot(4), retire_reason="memory", deaths_in_a_row=2))
    assert slot == PoolSlot(4, State.STARTING, 7, BORN_MONO, deaths_in_a_row=2)


@pytest.mark.parametrize(
    ("order", "state", "action", "allowed_seconds"),
    [
        (Event.DRAIN, State.DRAINING, Action.SEND_DRAIN, 30),
        (Event.FAST, State.STOPPING, Action.SEND_FAST, 10),
        (Event.KILL, State.KILLING, Action.SEND_KILL, None),
        (Event.STALE, State.KILLING, Action.SEND_KILL, None),
    ],
)
@pytest.mark.parametrize("ready", [False, True])
def test_a_serving_worker_obeys_each_order_with_its_signal_and_its_time_to_obey(
    order: Event, state: State, action: Action, allowed_seconds: float | None, *, ready: bool
) -> None:
    slot = after(born(), Event.READY) if ready else born()
    taken = step(slot, order, 200.0, RULES)
    assert (taken.slot.state, taken.action, taken.slot.generation) == (state, action, 7)
    assert taken.slot.due_mono == (None if allowed_seconds is None else 200.0 + allowed_seconds)


def test_a_drain_that_takes_too_long_becomes_fast_and_then_a_kill() -> None:
    draining = after(born(), Event.READY, Event.DRAIN)
    fast = step(draining, Event.OVERDUE, 131.0, RULES)
    killed = step(fast.slot, Event.OVERDUE, 141.0, RULES)
    assert (fast.slot.state, fast.action) == (State.STOPPING, Action.SEND_FAST)
    assert (killed.slot.state, killed.action) == (State.KILLING, Action.SEND_KILL)


def test_an_order_given_twice_is_carried_out_once() -> None:
    draining = step(born(), Event.DRAIN, 200.0, RULES).slot
    again = step(draining, Event.DRAIN, 220.0, RULES)
    assert again.action is Action.NOTHING
    assert again.slot == draining


def test_a_death_young_waits_before_the_next_try_and_each_wait_is_twice_the_last() -> None:
    first = after(born(), Event.READY, Event.EXITED_YOUNG, now_mono=102.0)
    second = after(born(after(first, Event.OVERDUE)), Event.READY, Event.EXITED_YOUNG, now_mono=102.0)
    assert (first.state, first.generation, first.due_mono) == (State.BACKOFF, 0, 102.5)
    assert (second.state, second.due_mono) == (State.BACKOFF, 103.0)


def test_back_off_is_capped_however_often_it_dies() -> None:
    waits = [backoff_seconds(deaths, RULES) for deaths in (1, 2, 3, 7, 8, 10_000)]
    assert waits == [0.5, 1, 2, 30, 30, 30]


def test_a_useful_life_forgives_the_deaths_before_it() -> None:
    slot = after(born(die_young_while_starting(2)), Event.READY, Event.EXITED, now_mono=900.0)
    assert slot == PoolSlot(4)


def test_a_worker_that_never_comes_up_is_given_up_for_a_person() -> None:
    assert die_young_while_starting(2).state is State.EMPTY
    given_up = die_young_while_starting(3)
    assert (given_up.state, given_up.generation, given_up.due_mono) == (State.FATAL, 0, None)


def test_a_start_that_fails_late_backs_off_and_is_given_up_like_one_that_fails_soon() -> None:
    late = after(born(), Event.EXITED, now_mono=BORN_MONO + 60)
    assert (late.state, late.due_mono, late.failed_starts) == (State.BACKOFF, BORN_MONO + 60.5, 1)
    assert die_young_while_starting(3, Event.EXITED).state is State.FATAL


def test_a_worker_that_was_ready_once_is_never_given_up() -> None:
    slot = PoolSlot(4)
    for _ in range(20):
        slot = after(born(slot), Event.READY, Event.EXITED_YOUNG, Event.OVERDUE)
    assert (slot.state, slot.deaths_in_a_row) == (State.EMPTY, 20)


def test_a_fork_that_fails_backs_off_like_a_death_and_is_tried_again_for_ever() -> None:
    slot, waits = PoolSlot(4), []
    for _ in range(20):
        slot = after(slot, Event.SPAWN_FAILED)
        assert (slot.state, slot.failed_starts) == (State.BACKOFF, 0)
        assert slot.due_mono is not None
        waits.append(slot.due_mono - BORN_MONO - 1)
        slot = after(slot, Event.OVERDUE)
    assert waits[:8] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_fork_that_fails_keeps_the_count_of_starts_that_failed_and_gives_nobody_up() -> None:
    slot = after(die_young_while_starting(2), Event.SPAWN_FAILED)
    assert (slot.state, slot.failed_starts) == (State.BACKOFF, 2)
    stricter = replace(RULES, fatal_after_young_deaths=2)  # by a reload
    assert step(die_young_while_starting(2), Event.SPAWN_FAILED, 200.0, stricter).slot.state is State.BACKOFF


def test_a_misconfigured_start_is_tried_again_slowly_for_ever() -> None:
    slot = after(born(die_young_while_starting(50, Event.EXITED_MISCONFIGURED)), Event.EXITED_MISCONFIGURED)
    assert (slot.state, slot.due_mono) == (State.BACKOFF, BORN_MONO + 1 + 30)


def test_misconfigured_starts_do_not_count_towards_giving_up() -> None:
    slot = born(die_young_while_starting(10, Event.EXITED_MISCONFIGURED))
    assert after(slot, Event.EXITED_YOUNG).state is State.BACKOFF


def test_a_start_that_is_not_possible_yet_is_tried_again_for_ever_ever_less_often() -> None:
    first = after(born(), Event.EXITED_NOT_YET)
    assert (first.state, first.due_mono) == (State.BACKOFF, BORN_MONO + 1 + 0.5)
    slot = after(born(die_young_while_starting(50, Event.EXITED_NOT_YET)), Event.EXITED_NOT_YET)
    assert (slot.state, slot.due_mono, slot.failed_starts) == (State.BACKOFF, BORN_MONO + 1 + 30, 0)


@pytest.mark.parametrize("state", [State.BACKOFF, State.FATAL])
def test_a_reload_gives_every_vacant_slot_a_fresh_try(state: State) -> None:
    assert after(PoolSlot(4, state, due_mono=9.0, deaths_in_a_row=5, failed_starts=5), Event.RELOADED) == PoolSlot(4)


@pytest.mark.parametrize(
    ("status", "age_seconds", "held", "event"),
    [
        (0, 1, False, Event.EXITED),
        (0, 1, True, Event.EXITED_YOUNG),
        (0, 100, True, Event.EXITED),
        (70, 1, False, Event.EXITED_YOUNG),
        (-9, 4.9, False, Event.EXITED_YOUNG),
        (-9, 5, True, Event.EXITED),
        (70, 100, False, Event.EXITED),
        (NOT_YET, 1, False, Event.EXITED_NOT_YET),
        (NOT_YET, 100, False, Event.EXITED_NOT_YET),
        (NOT_YET, 1, True, Event.EXITED_YOUNG),
        (MISCONFIGURED, 1, False, Event.EXITED_MISCONFIGURED),
        (MISCONFIGURED, 100, True, Event.EXITED_MISCONFIGURED),
    ],
)
def test_an_exit_is_young_soon_after_the_start_unless_with_status_0_and_nothing_in_hand(
    status: int, age_seconds: float, event: Event, *, held: bool
) -> None:
    now_mono = BORN_MONO + age_seconds
    statuses = {"misconfigured_status": MISCONFIGURED, "not_yet_status": NOT_YET}
    assert exit_event(born(), status, now_mono, RULES, held=held, **statuses) is event


def test_a_heartbeat_is_stale_only_after_the_time_out_and_a_start_counts_as_one() -> None:
    assert not is_stale(born(), 0.0, BORN_MONO + 20, RULES)
    assert is_stale(born(), 0.0, BORN_MONO + 20.1, RULES)
    assert not is_stale(born(), BORN_MONO + 10, BORN_MONO + 30, RULES)
    assert not is_stale(PoolSlot(4), 0.0, 10_000, RULES)


def test_the_supervisor_looks_again_when_the_first_is_due() -> None:
    assert next_due_mono([PoolSlot(1), PoolSlot(2, due_mono=9.0), PoolSlot(3, due_mono=7.0)]) == 7.0
    assert next_due_mono([PoolSlot(1)]) is None
