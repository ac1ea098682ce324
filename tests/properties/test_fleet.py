"""The table of a slot's life over all states and events, and over any story that it can tell."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.process.settings_generation import RULES
from punctuald.policy.pool.fleet import (
    ALIVE,
    TABLE,
    Action,
    Event,
    FleetRules,
    PoolSlot,
    State,
    Step,
    backoff_seconds,
    spawned,
    step,
)

FATAL_AFTER = RULES.fatal_after_young_deaths
VACANT = frozenset(State) - ALIVE
ASKED = frozenset({State.DRAINING, State.STOPPING, State.KILLING})
EXITS = (Event.EXITED, Event.EXITED_YOUNG, Event.EXITED_MISCONFIGURED, Event.EXITED_NOT_YET)
DUE = frozenset({State.DRAINING, State.STOPPING, State.BACKOFF})
SIGNALS = {
    State.DRAINING: Action.SEND_DRAIN,
    State.STOPPING: Action.SEND_FAST,
    State.KILLING: Action.SEND_KILL,
}
PAIRS = list(product(State, Event))
STORIES = st.lists(st.sampled_from(Event), max_size=60)


def slot_in(state: State) -> PoolSlot:
    return PoolSlot(
        2,
        state,
        generation=9 if state in ALIVE else 0,
        due_mono=50.0 if state in DUE else None,
        deaths_in_a_row=1,
        failed_starts=1,
    )


def happen(slot: PoolSlot, event: Event, now_mono: float) -> Step:
    """As the supervisor does it: only an empty slot gets a process, only a live process exits or falls silent."""
    if event is Event.SPAWNED:
        fresh = slot.state is State.EMPTY
        return Step(spawned(slot, 9, now_mono, RULES) if fresh else slot, Action.NOTHING)
    return step(slot, event, now_mono, RULES)


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_every_event_in_every_state_leads_to_a_lawful_slot(state: State, event: Event) -> None:
    taken = happen(slot_in(state), event, 60.0)
    slot = taken.slot
    assert slot.state in TABLE
    assert slot.index == 2
    assert (slot.generation != 0) == (slot.state in ALIVE)
    assert (slot.due_mono is not None) == (slot.state in DUE)


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_a_signal_is_sent_on_entering_the_state_that_waits_for_it_and_never_else(state: State, event: Event) -> None:
    taken = happen(slot_in(state), event, 60.0)
    entered = taken.slot.state is not state
    assert taken.action is (SIGNALS.get(taken.slot.state, Action.NOTHING) if entered else Action.NOTHING)


@pytest.mark.parametrize("state", State)
def test_from_every_state_a_kill_leads_to_no_live_process(state: State) -> None:
    killed = step(slot_in(state), Event.KILL, 60.0, RULES).slot
    assert killed.state is State.KILLING or killed.state in VACANT
    assert step(killed, Event.EXITED, 61.0, RULES).slot.state in VACANT


@pytest.mark.parametrize(("state", "exit_event"), list(product(sorted(ALIVE), EXITS)))
def test_no_live_state_outlives_its_process(state: State, exit_event: Event) -> None:
    assert step(slot_in(state), exit_event, 60.0, RULES).slot.generation == 0


@pytest.mark.parametrize(("state", "exit_event"), list(product(sorted(ASKED), EXITS)))
def test_an_exit_that_was_asked_for_is_never_a_death(state: State, exit_event: Event) -> None:
    assert step(slot_in(state), exit_event, 60.0, RULES).slot == PoolSlot(2)


@pytest.mark.parametrize("state", sorted(DUE))
def test_whatever_waits_for_a_time_moves_on_when_it_comes(state: State) -> None:
    assert step(slot_in(state), Event.OVERDUE, 60.0, RULES).slot.state is not state


@pytest.mark.parametrize("state", State)
def test_every_state_can_come_back_to_ready(state: State) -> None:
    reached, edge = {state}, {state}
    while edge:
        edge = {target for source in edge for target, _ in TABLE[source].values()} - reached
        reached |= edge
    assert State.READY in reached


@given(STORIES)
def test_in_every_story_a_generation_means_a_live_process_and_only_waiting_has_an_end(story: list[Event]) -> None:
    slot = PoolSlot(2)
    for second, event in enumerate(story):
        before, slot = slot, happen(slot, event, float(second)).slot
        assert (slot.generation != 0) == (slot.state in ALIVE)
        assert (slot.due_mono is not None) == (slot.state in DUE)
        assert slot is before or slot.due_mono is None or slot.due_mono > second


@given(STORIES)
def test_in_every_story_a_slot_is_given_up_only_for_starts_that_failed(story: list[Event]) -> None:
    slot, failed = PoolSlot(2), 0
    for second, event in enumerate(story):
        before, slot = slot, happen(slot, event, float(second)).slot
        if slot.state is State.READY or (slot.state is State.EMPTY and event is not Event.OVERDUE):
            failed = 0
        elif before.state is State.STARTING and event in {Event.EXITED, Event.EXITED_YOUNG}:
            failed += 1
        assert (slot.state is State.FATAL) == (slot.generation == 0 and failed >= FATAL_AFTER)


@given(STORIES)
def test_every_story_can_be_brought_to_its_end(story: list[Event]) -> None:
    slot = PoolSlot(2)
    for second, event in enumerate(story):
        slot = happen(slot, event, float(second)).slot
    for event in (Event.DRAIN, Event.OVERDUE, Event.OVERDUE, Event.KILL, Event.EXITED):
        slot = step(slot, event, 100.0, RULES).slot
    assert slot.state is State.EMPTY


@given(st.integers(1, 10_000), st.floats(0.01, 300), st.floats(0.01, 3_600))
def test_back_off_never_shrinks_and_never_passes_its_cap(deaths: int, initial: float, longest: float) -> None:
    rules = FleetRules(30, 10, min(initial, longest), longest, 5, 3, 20)
    now, then = backoff_seconds(deaths, rules), backoff_seconds(deaths + 1, rules)
    assert 0 < now <= then <= longest
    assert backoff_seconds(1, rules) == rules.backoff_initial_seconds
