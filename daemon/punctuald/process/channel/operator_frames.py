"""Frames about what a person asks of the daemon, and of how it stands: between the supervisor and the observer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .frame_checks import LARGEST_WHOLE, LONGEST_SECONDS, Shape, flag, member, name, number, or_none, rows, text, whole

MOST_WORKERS = 1_000_000


class Verb(StrEnum):
    """What can be ordered."""

    SCALE = "scale"
    PAUSE = "pause"
    RESUME = "resume"
    DRAIN = "drain"
    RELOAD = "reload"


@dataclass(frozen=True, slots=True)
class Order:
    """Up, from the observer: somebody at the control socket wants that. `Answered` has the same number.

    ``workers``: of `Verb.SCALE`; None = as the autoscaler says. ``queue``: of `Verb.PAUSE` and `Verb.RESUME`; None =
    all queues.
    """

    number: int
    verb: Verb
    workers: int | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """Up, from the autoscaler, and down to the observer: the fields of its last decision, as a JSON object."""

    fields: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Down, to the observer: what became of an order."""

    number: int
    done: bool
    text: str


@dataclass(frozen=True, slots=True)
class PoolState:
    """Down, to the observer: what only the supervisor knows.

    ``state``: starting, running, reloading or draining. ``target``: the autoscaler's. ``scaled_to``: what a person
    asked for, None = nothing. ``processes``: a row for each that there is or that is to come again, of role, index,
    pid (0 = none now), `policy.pool.fleet.State`, generation, and when it was forked (monotonic seconds).
    ``unavailable``: a row for each queue, of name and reason.
    """

    state: str
    pid: int
    generation: int
    started_mono: float
    wanted: int
    target: int
    scaled_to: int | None
    min_workers: int
    max_workers: int
    reload_failed: str
    processes: tuple[tuple[str, int, int, str, int, float], ...]
    unavailable: tuple[tuple[str, str], ...]
    paused: tuple[tuple[str], ...]


_workers = whole(0, MOST_WORKERS)
_count = whole(0, LARGEST_WHOLE)
_seconds = number(LONGEST_SECONDS)

UP: Mapping[str, Shape[Order | Explained]] = {
    "order": Shape(
        Order, {"number": _count, "verb": member(Verb), "workers": or_none(_workers), "queue": or_none(name)}
    ),
    "explained": Shape(Explained, {"fields": text}),
}
DOWN: Mapping[str, Shape[Answered | PoolState | Explained]] = {
    "answered": Shape(Answered, {"number": _count, "done": flag, "text": text}),
    "explained": Shape(Explained, {"fields": text}),
    "poolstate": Shape(
        PoolState,
        {
            "state": name,
            "pid": _count,
            "generation": _count,
            "started_mono": _seconds,
            "wanted": _workers,
            "target": _workers,
            "scaled_to": or_none(_workers),
            "min_workers": _workers,
            "max_workers": _workers,
            "reload_failed": text,
            "processes": rows(name, _count, _count, name, _count, _seconds),
            "unavailable": rows(name, text),
            "paused": rows(name),
        },
    ),
}
