"""When handlers of a queue with a rate limit may start, so that its workers keep to the limit without asking each
other.

The monotonic clock, which all processes of a host share, is divided into ticks: ``rate_per_second`` of them in a
second. Each tick belongs to one of `PLACES` places in turn, and each place to one worker at most, which may start one
handler for each tick of its places. A tick that is not used soon is lost. So the starts in any second are the ticks of
little more than that second, however many workers there are and whatever place goes from one to another.

A token bucket for each worker would allow one start more in each of them, wherever they happen to coincide: 28 in a
second for eight workers with 2.5 each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import floor, inf

PLACES = 60
"""Divides well, and is as many workers as can have a part of one queue's rate at the same time."""

USABLE_SECONDS = 0.1
"""For so long a tick can be used, and so late an event loop may be without losing any: at 20 a second two ticks. Longer
where ticks are rarer: a worker that has all places can then use one of them at any time."""

ROUNDING_SECONDS = 1e-6
"""A tick's own moment, in floating point, may lie just before it."""


def usable_seconds(rate_per_second: float) -> float:
    """For how long a tick can be used: the starts of any second are ticks of so much more than a second."""
    return max(USABLE_SECONDS, 1.0 / rate_per_second)


@dataclass(frozen=True, slots=True)
class RateShare:
    """One worker's part of a rate. ``first_ticks``: its places, and from which tick on it has each; ``used``: the last
    tick that it used, or that it is not to use any more."""

    rate_per_second: float
    first_ticks: Mapping[int, int] = field(default_factory=dict)
    used: int = -1

    @property
    def is_empty(self) -> bool:
        """Whether it has no place, and so never starts anything."""
        return not self.first_ticks

    @property
    def per_second(self) -> float:
        """Starts in a second, in the mean."""
        return self.rate_per_second * len(self.first_ticks) / PLACES


def with_places(share: RateShare, rate_per_second: float, places: Iterable[int], now_mono: float) -> RateShare:
    """``share`` with exactly these places. Of those that are new the ticks from now on count: earlier ones may have
    been used by whoever had them."""
    before = share.first_ticks if share.rate_per_second == rate_per_second else {}
    coming = _latest(rate_per_second, now_mono) + 1
    used = share.used if share.rate_per_second == rate_per_second else -1
    return RateShare(rate_per_second, {place: before.get(place, coming) for place in places}, used)


def startable(share: RateShare, now_mono: float) -> int:
    """How many handlers may start now."""
    latest = _latest(share.rate_per_second, now_mono)
    return sum(_count(place, after, latest) for place, after in _open(share, now_mono))


def after_starts(share: RateShare, starts: int, now_mono: float) -> RateShare:
    """``starts`` handlers were started, as many as were `startable` at most."""
    latest = _latest(share.rate_per_second, now_mono)
    if starts >= startable(share, now_mono):
        return replace(share, used=max(share.used, latest))
    tick, unused = min(after for _, after in _open(share, now_mono)), starts
    while unused:
        tick += 1
        unused -= _has(share, tick)
    return replace(share, used=tick)


def after_early_start(share: RateShare, now_mono: float) -> RateShare:
    """One was started that could not wait for a tick: the next one of its places is used for it."""
    if startable(share, now_mono):
        return after_starts(share, 1, now_mono)
    return replace(share, used=_next_tick(share, now_mono) or share.used)


def next_start_mono(share: RateShare, now_mono: float) -> float:
    """When the next handler may start: now, or later; never (infinity) without a place."""
    if startable(share, now_mono):
        return now_mono
    tick = _next_tick(share, now_mono)
    return inf if tick is None else tick / share.rate_per_second + ROUNDING_SECONDS


def _next_tick(share: RateShare, now_mono: float) -> int | None:
    latest = max(share.used, _latest(share.rate_per_second, now_mono))
    return min((_next_of(place, max(latest, first - 1)) for place, first in share.first_ticks.items()), default=None)


def _open(share: RateShare, now_mono: float) -> list[tuple[int, int]]:
    """Each place with the tick after which those begin that can still be used."""
    lost = max(share.used, _latest(share.rate_per_second, now_mono - usable_seconds(share.rate_per_second)))
    return [(place, max(lost, first - 1)) for place, first in share.first_ticks.items()]


def _has(share: RateShare, tick: int) -> bool:
    first = share.first_ticks.get(tick % PLACES)
    return first is not None and first <= tick


def _latest(rate_per_second: float, mono: float) -> int:
    """The tick that came last."""
    return floor(mono * rate_per_second)


def _count(place: int, after: int, latest: int) -> int:
    """How many ticks of ``place`` there are after the one and up to the other."""
    return max(0, (latest - place) // PLACES - (after - place) // PLACES)


def _next_of(place: int, after: int) -> int:
    """The first tick of ``place`` after that one."""
    return after + 1 + (place - after - 1) % PLACES
