"""What becomes of each worker: a state machine of one pool slot, written as a table.

After supervisord's process states (STARTING, BACKOFF, FATAL), with draining added. A *pool slot* is a worker
index: its row on the statistics board outlives the processes that use it. Slots are frozen; a step gives the next slot
and one action. See docs/fleet.md for the picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """Where a slot stands."""

    EMPTY = "empty"
    STARTING = "starting"  # forked, no good receive yet
    READY = "ready"
    DRAINING = "draining"  # asked to finish what it has
    STOPPING = "stopping"  # asked to release what it has
    KILLING = "killing"  # SIGKILL sent, not reaped yet
    BACKOFF = "backoff"  # died young; waits before the next try
    FATAL = "fatal"  # never came up, too often; waits for a person (a reload clears it)


class Event(StrEnum):
    """What happens to a slot."""

    SPAWNED = "spawned"
    SPAWN_FAILED = "spawn_failed"  # fork failed: the machine had no room for one more process
    READY = "ready"
    EXITED = "exited"  # after a useful life, or with status 0 and nothing in flight
    EXITED_YOUNG = "exited_young"  # a death too soon after its start
    EXITED_MISCONFIGURED = "exited_misconfigured"  # status 78
    EXITED_NOT_YET = "exited_not_yet"  # status 75: what it needs to start is not there now
    STALE = "stale"  # its heartbeat stopped
    DRAIN = "drain"
    FAST = "fast"
    KILL = "kill"
    OVERDUE = "overdue"  # the slot's due_mono has passed
    RELOADED = "reloaded"


class Action(StrEnum):
    """What the supervisor has to do about it."""

    NOTHING = "nothing"
    SEND_DRAIN = "send_drain"  # SIGTERM
    SEND_FAST = "send_fast"  # SIGINT
    SEND_KILL = "send_kill"  # SIGKILL


ALIVE = frozenset({State.STARTING, State.READY, State.DRAINING, State.STOPPING, State.KILLING})
SERVING = frozenset({State.STARTING, State.READY})

_LEAVING: dict[Event, tuple[State, Action]] = {
    # An exit that we asked for is never a death, whatever its status says.
    Event.EXITED: (State.EMPTY, Action.NOTHING),
    Event.EXITED_YOUNG: (State.EMPTY, Action.NOTHING),
    Event.EXITED_MISCONFIGURED: (State.EMPTY, Action.NOTHING),
    Event.EXITED_NOT_YET: (State.EMPTY, Action.NOTHING),
}
_SERVING: dict[Event, tuple[State, Action]] = {
    Event.EXITED: (State.EMPTY, Action.NOTHING),
    Event.EXITED_YOUNG: (State.BACKOFF, Action.NOTHING),
    Event.EXITED_MISCONFIGURED: (State.BACKOFF, Action.NOTHING),
    Event.EXITED_NOT_YET: (State.BACKOFF, Action.NOTHING),
    Event.STALE: (State.KILLING, Action.SEND_KILL),
    Event.DRAIN: (State.DRAINING, Action.SEND_DRAIN),
    Event.FAST: (State.STOPPING, Action.SEND_FAST),
    Event.KILL: (State.KILLING, Action.SEND_KILL),
}
_VACANT: dict[Event, tuple[State, Action]] = {
    Event.DRAIN: (State.EMPTY, Action.NOTHING),
    Event.FAST: (State.EMPTY, Action.NOTHING),
    Event.KILL: (State.EMPTY, Action.NOTHING),
    Event.RELOADED: (State.EMPTY, Action.NOTHING),
}

TABLE: dict[State, dict[Event, tuple[State, Action]]] = {
    State.EMPTY: {
        Event.SPAWNED: (State.STARTING, Action.NOTHING),
        Event.SPAWN_FAILED: (State.BACKOFF, Action.NOTHING),
    },
    State.STARTING: {
        **_SERVING,
        # However long the start took: an import that fails after a minute would otherwise be repeated without a pause.
        Event.EXITED: (State.BACKOFF, Action.NOTHING),
        Event.READY: (State.READY, Action.NOTHING),
    },
    State.READY: dict(_SERVING),
    State.DRAINING: {
        **_LEAVING,
        Event.STALE: (State.KILLING, Action.SEND_KILL),
        Event.FAST: (State.STOPPING, Action.SEND_FAST),
        Event.KILL: (State.KILLING, Action.SEND_KILL),
        Event.OVERDUE: (State.STOPPING, Action.SEND_FAST),
    },
    State.STOPPING: {
        **_LEAVING,
        Event.STALE: (State.KILLING, Action.SEND_KILL),
        Event.KILL: (State.KILLING, Action.SEND_KILL),
        Event.OVERDUE: (State.KILLING, Action.SEND_KILL),
    },
    State.KILLING: dict(_LEAVING),
    State.BACKOFF: {**_VACANT, Event.OVERDUE: (State.EMPTY, Action.NOTHING)},
    State.FATAL: dict(_VACANT),
}
"""Next state and action by state and event; an event that is not here for a state changes nothing."""


@dataclass(frozen=True, slots=True)
class FleetRules:
    """The pool's settings that the machine needs; see config.toml for each."""

    drain_timeout_seconds: float
    fast_timeout_seconds: float
    backoff_initial_seconds: float
    backoff_max_seconds: float
    young_death_seconds: float
    fatal_after_young_deaths: int
    heartbeat_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class PoolSlot:
    """One index of the pool, and the process that has it."""

    index: int
    state: State = State.EMPTY
    generation: int = 0  # of the settings it was started with
    spawned_mono: float = 0.0
    due_mono: float | None = None  # when OVERDUE happens to it
    deaths_in_a_row: int = 0  # young deaths only
    failed_starts: int = 0  # how many of these came before the process ever was ready
    retire_reason: str = ""  # not empty: the process is to be replaced, then drained


@dataclass(frozen=True, slots=True)
class Step:
    """What a step came to."""

    slot: PoolSlot
    action: Action


def exit_event(
    slot: PoolSlot,
    status: int,
    now_mono: float,
    rules: FleetRules,
    *,
    held: bool,
    misconfigured_status: int,
    not_yet_status: int,
) -> Event:
    """Which of the four exits this was. ``status`` is the exit status, negative for a signal.

    ``held``: the process was running messages at its end. A worker that ends in order runs none, so status 0 is then
    no orderly end: a handler called ``os._exit(0)``.
    """
    if status == misconfigured_status:
        return Event.EXITED_MISCONFIGURED
    if status == not_yet_status and not held:
        return Event.EXITED_NOT_YET
    young = now_mono - slot.spawned_mono < rules.young_death_seconds
    return Event.EXITED_YOUNG if young and (status != 0 or held) else Event.EXITED


def step(slot: PoolSlot, event: Event, now_mono: float, rules: FleetRules) -> Step:
    """The next slot after ``event``, by `TABLE`."""
    state, action = TABLE[slot.state].get(event, (slot.state, Action.NOTHING))
    if state is slot.state:
        return Step(slot, action)
    return Step(_ENTER.get(state, _enter)(slot, state, event, now_mono, rules), action)


def spawned(slot: PoolSlot, generation: int, now_mono: float, rules: FleetRules) -> PoolSlot:
    """The slot after its new process was forked."""
    started = step(slot, Event.SPAWNED, now_mono, rules).slot
    return replace(started, generation=generation, spawned_mono=now_mono, retire_reason="")


def _enter(slot: PoolSlot, state: State, _event: Event, _now_mono: float, _rules: FleetRules) -> PoolSlot:
    return replace(slot, state=state, due_mono=None)


def _enter_empty(slot: PoolSlot, state: State, event: Event, _now_mono: float, _rules: FleetRules) -> PoolSlot:
    waited_out = event is Event.OVERDUE  # only a back-off that was waited out keeps its count of deaths
    return PoolSlot(
        index=slot.index,
        state=state,
        deaths_in_a_row=slot.deaths_in_a_row if waited_out else 0,
        failed_starts=slot.failed_starts if waited_out else 0,
    )


def _enter_ready(slot: PoolSlot, state: State, _event: Event, _now_mono: float, _rules: FleetRules) -> PoolSlot:
    return replace(slot, state=state, due_mono=None, failed_starts=0)


def _enter_draining(slot: PoolSlot, state: State, _event: Event, now_mono: float, rules: FleetRules) -> PoolSlot:
    return replace(slot, state=state, due_mono=now_mono + rules.drain_timeout_seconds)


def _enter_stopping(slot: PoolSlot, state: State, _event: Event, now_mono: float, rules: FleetRules) -> PoolSlot:
    return replace(slot, state=state, due_mono=now_mono + rules.fast_timeout_seconds)


def _enter_backoff(slot: PoolSlot, state: State, event: Event, now_mono: float, rules: FleetRules) -> PoolSlot:
    deaths = slot.deaths_in_a_row + 1
    # A refused configuration may be mended from outside (a queue made anew): slow tries, never FATAL.
    misconfigured = event is Event.EXITED_MISCONFIGURED
    # A fork that fails does not make a slot FATAL either: nothing was tried yet, and the machine may have room later.
    # Nor does a start that could not be tried to its end: it says nothing about the next one.
    failed_start = slot.state is State.STARTING and event not in {Event.EXITED_MISCONFIGURED, Event.EXITED_NOT_YET}
    failed = slot.failed_starts + failed_start
    if failed_start and failed >= rules.fatal_after_young_deaths:
        return PoolSlot(slot.index, State.FATAL, deaths_in_a_row=deaths, failed_starts=failed)
    delay = rules.backoff_max_seconds if misconfigured else backoff_seconds(deaths, rules)
    return PoolSlot(slot.index, state, due_mono=now_mono + delay, deaths_in_a_row=deaths, failed_starts=failed)


_ENTER = {
    State.EMPTY: _enter_empty,
    State.READY: _enter_ready,
    State.DRAINING: _enter_draining,
    State.STOPPING: _enter_stopping,
    State.BACKOFF: _enter_backoff,
}


def backoff_seconds(deaths_in_a_row: int, rules: FleetRules) -> float:
    """Seconds to wait after ``deaths_in_a_row``: doubled from the first wait up to the longest. No jitter, because a
    pool's few workers need not be spread."""
    return min(rules.backoff_max_seconds, rules.backoff_initial_seconds * 2.0 ** min(deaths_in_a_row - 1, 30))


def is_stale(slot: PoolSlot, heartbeat_mono: float, now_mono: float, rules: FleetRules) -> bool:
    """Whether a live process has not shown itself for too long; its start counts as a sign of life."""
    last_seen_mono = max(heartbeat_mono, slot.spawned_mono)
    return slot.state in ALIVE and now_mono - last_seen_mono > rules.heartbeat_timeout_seconds


def next_due_mono(slots: Iterable[PoolSlot]) -> float | None:
    """When the supervisor has to look again at the latest."""
    return min((slot.due_mono for slot in slots if slot.due_mono is not None), default=None)
