"""What becomes of each worker: a state machine of one place in the pool, written as a table.

After supervisord's process states (STARTING, BACKOFF, FATAL), with draining added. A *place* is a worker index: its
slot on the statistics board outlives the processes that use it. Places are frozen; a step gives the next place and
one action. See docs/fleet.md for the picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """Where a place stands."""

    EMPTY = "empty"
    STARTING = "starting"  # forked, no good receive yet
    READY = "ready"
    DRAINING = "draining"  # told to finish what it has
    STOPPING = "stopping"  # told to give back what it has
    KILLING = "killing"  # SIGKILL sent, not reaped yet
    BACKOFF = "backoff"  # died young; waits before the next try
    FATAL = "fatal"  # never came up, too often; waits for a person (a reload clears it)


class Event(StrEnum):
    """What happens to a place."""

    SPAWNED = "spawned"
    SPAWN_FAILED = "spawn_failed"  # the machine had no room for one more process
    READY = "ready"
    EXITED = "exited"  # after a useful life, or with status 0 and nothing in hand
    EXITED_YOUNG = "exited_young"  # a death too soon after its start
    EXITED_MISCONFIGURED = "exited_misconfigured"  # status 78
    STALE = "stale"  # its heartbeat stopped
    DRAIN = "drain"
    FAST = "fast"
    KILL = "kill"
    OVERDUE = "overdue"  # the place's due_mono has passed
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
}
_SERVING: dict[Event, tuple[State, Action]] = {
    Event.EXITED: (State.EMPTY, Action.NOTHING),
    Event.EXITED_YOUNG: (State.BACKOFF, Action.NOTHING),
    Event.EXITED_MISCONFIGURED: (State.BACKOFF, Action.NOTHING),
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
        # However long it took: an import that fails after a minute would else be repeated without a pause, for ever.
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
"""Next state and action for each pair that means something; a pair that is not here changes nothing."""


@dataclass(frozen=True, slots=True)
class FleetRules:
    """The pool's settings that the machine needs; see config.toml for each."""

    drain_timeout_seconds: float
    fast_timeout_seconds: float
    backoff_initial_seconds: float
    backoff_max_seconds: float
    fast_death_seconds: float
    fatal_after_fast_deaths: int
    heartbeat_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the pool and the process that has it."""

    index: int
    state: State = State.EMPTY
    pid: int = 0
    generation: int = 0  # of the settings it was started with
    spawned_mono: float = 0.0
    due_mono: float | None = None  # when OVERDUE happens to it
    deaths_in_a_row: int = 0  # young ones
    failed_starts: int = 0  # of these, before it ever was ready
    retire_reason: str = ""  # not empty: to be replaced, then drained


@dataclass(frozen=True, slots=True)
class Step:
    """What a step came to."""

    place: Place
    action: Action


def exit_event(
    place: Place, status: int, now_mono: float, rules: FleetRules, *, held: bool, misconfigured_status: int
) -> Event:
    """Which of the three exits this was. ``status`` is the exit status, negative for a signal.

    ``held``: it was running messages at its end. A worker that ends in order runs none, so status 0 is then a lie:
    its handler called ``os._exit(0)``.
    """
    if status == misconfigured_status:
        return Event.EXITED_MISCONFIGURED
    young = now_mono - place.spawned_mono < rules.fast_death_seconds
    return Event.EXITED_YOUNG if young and (status != 0 or held) else Event.EXITED


def step(place: Place, event: Event, now_mono: float, rules: FleetRules) -> Step:
    """The next place after ``event``, by `TABLE`."""
    state, action = TABLE[place.state].get(event, (place.state, Action.NOTHING))
    if state is place.state:
        return Step(place, action)
    return Step(_ENTER.get(state, _enter)(place, state, event, now_mono, rules), action)


def spawned(place: Place, pid: int, generation: int, now_mono: float, rules: FleetRules) -> Place:
    """The place after its new process was forked."""
    started = step(place, Event.SPAWNED, now_mono, rules).place
    return replace(started, pid=pid, generation=generation, spawned_mono=now_mono, retire_reason="")


def _enter(place: Place, state: State, _event: Event, _now_mono: float, _rules: FleetRules) -> Place:
    return replace(place, state=state, due_mono=None)


def _enter_empty(place: Place, state: State, event: Event, _now_mono: float, _rules: FleetRules) -> Place:
    waited_out = event is Event.OVERDUE  # only a back-off that ran its course keeps its count for the next try
    return Place(
        index=place.index,
        state=state,
        deaths_in_a_row=place.deaths_in_a_row if waited_out else 0,
        failed_starts=place.failed_starts if waited_out else 0,
    )


def _enter_ready(place: Place, state: State, _event: Event, _now_mono: float, _rules: FleetRules) -> Place:
    return replace(place, state=state, due_mono=None, failed_starts=0)


def _enter_draining(place: Place, state: State, _event: Event, now_mono: float, rules: FleetRules) -> Place:
    return replace(place, state=state, due_mono=now_mono + rules.drain_timeout_seconds)


def _enter_stopping(place: Place, state: State, _event: Event, now_mono: float, rules: FleetRules) -> Place:
    return replace(place, state=state, due_mono=now_mono + rules.fast_timeout_seconds)


def _enter_backoff(place: Place, state: State, event: Event, now_mono: float, rules: FleetRules) -> Place:
    deaths = place.deaths_in_a_row + 1
    # A refused configuration may be mended from outside (a queue made anew): slow tries, never FATAL.
    misconfigured = event is Event.EXITED_MISCONFIGURED
    # Nor does a fork that fails give a place up, since nothing was tried yet: other processes come and go.
    failed_start = place.state is State.STARTING and not misconfigured
    failed = place.failed_starts + failed_start
    if failed_start and failed >= rules.fatal_after_fast_deaths:
        return Place(place.index, State.FATAL, deaths_in_a_row=deaths, failed_starts=failed)
    delay = rules.backoff_max_seconds if misconfigured else backoff_seconds(deaths, rules)
    return Place(place.index, state, due_mono=now_mono + delay, deaths_in_a_row=deaths, failed_starts=failed)


_ENTER = {
    State.EMPTY: _enter_empty,
    State.READY: _enter_ready,
    State.DRAINING: _enter_draining,
    State.STOPPING: _enter_stopping,
    State.BACKOFF: _enter_backoff,
}


def backoff_seconds(deaths_in_a_row: int, rules: FleetRules) -> float:
    """Doubling from the first to the longest wait. No jitter: a herd of two is none."""
    return min(rules.backoff_max_seconds, rules.backoff_initial_seconds * 2.0 ** min(deaths_in_a_row - 1, 30))


def is_stale(place: Place, heartbeat_mono: float, now_mono: float, rules: FleetRules) -> bool:
    """Whether a live process has not shown itself for too long; its start counts as a sign of life."""
    last_seen_mono = max(heartbeat_mono, place.spawned_mono)
    return place.state in ALIVE and now_mono - last_seen_mono > rules.heartbeat_timeout_seconds


def next_due_mono(places: Iterable[Place]) -> float | None:
    """When the supervisor has to look again at the latest."""
    return min((place.due_mono for place in places if place.due_mono is not None), default=None)
