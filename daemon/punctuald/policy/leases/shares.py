"""Which leases a worker takes next, and whether it asks another one for one of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

from .ages import Ages
from .lease import Lease

DEAD_BAND = 2
"""By so many more leases than ours another one has too many: a difference of one can't be mended by moving one."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a fleet agrees upon: a lease expires ``failover_seconds`` after its counter was last seen to rise, and who
    is asked to hand one over has ``force_seconds`` for it. What is nobody's for ``patience_seconds`` is taken by
    whoever sees it, beyond its share too: others may be no takers."""

    failover_seconds: float
    patience_seconds: float
    force_seconds: float
    may_steal: bool = True


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a worker knows: ``leases`` are all rows, ``readable`` the shards that can be read now, ``held`` those it
    reads, ``members`` how many workers its own daemon is to have, ``polite`` the owners that hand over when asked,
    ``dead`` those whose process is known to be gone: nobody has to wait until their leases expire. ``takers`` are
    workers of KCL 3 that are there, with leases or without: their leader takes none from ours."""

    me: str
    leases: Sequence[Lease]
    readable: frozenset[str]
    held: frozenset[str]
    ages: Ages
    members: int
    polite: frozenset[str]
    dead: frozenset[str] = frozenset()
    takers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Claims:
    """``take`` are to be written as ours; ``steal`` is another's, ``ask`` says how; ``give`` is ours, for ``give_to``;
    ``again_mono`` is when something changes even though no row does. ``target`` and ``live`` are the reason, and
    ``dead`` whose leases are taken before they expire."""

    take: tuple[Lease, ...]
    steal: Lease | None
    ask: bool
    target: int
    live: int
    again_mono: float
    give: Lease | None = None
    give_to: str = ""
    dead: frozenset[str] = frozenset()


def claims(fleet: Fleet, terms: Terms, now_mono: float) -> Claims:
    """Decide. A worker takes up to its share, ceil(leases ÷ live owners), of what is free or has expired."""
    rows = [lease for lease in fleet.leases if lease.shard in fleet.readable and not lease.is_ended]
    live = _live_owners(fleet, terms, now_mono)
    target = math.ceil(len(rows) / len(live))
    mine = sum(lease.owner == fleet.me for lease in rows)
    others = [lease for lease in _in_own_order(rows, fleet.me) if lease.shard not in fleet.held]
    take, again = [], math.inf
    for lease in others:
        from_mono = _takeable_from(lease, fleet, terms, len(live), len(rows), mine)
        if from_mono > now_mono:
            again = min(again, from_mono)
            continue
        take.append(lease)
        mine += lease.owner != fleet.me
    steal = None if take else _to_steal(fleet, terms, rows, live, target, mine)
    ask = steal is not None and steal.owner in fleet.polite
    give, give_to = (None, "") if take or steal or not terms.may_steal else _to_give(fleet, rows, mine)
    return Claims(tuple(take), steal, ask, target, len(live), again, give, give_to, fleet.dead)


def _live_owners(fleet: Fleet, terms: Terms, now_mono: float) -> frozenset[str]:
    """Whose counters rise, and who is to have what they hand over. An owner of blocked shards only counts as well."""
    fresh_mono = now_mono - terms.failover_seconds
    fresh = [lease for lease in fleet.leases if not lease.is_ended and fleet.ages.still_since(lease.shard) > fresh_mono]
    named = {name for lease in fresh for name in (lease.owner, lease.checkpoint_owner) if name}
    return frozenset({fleet.me, *named, *fleet.takers} - fleet.dead)


def _takeable_from(lease: Lease, fleet: Fleet, terms: Terms, live: int, leases: int, mine: int) -> float:
    """The monotonic time from which it is ours to take, as long as its counter stands still."""
    still, readable = fleet.ages.still_since(lease.shard), fleet.ages.readable_since(lease.shard)
    if lease.owner == fleet.me:
        return -math.inf if lease.holder in fleet.dead else _left_to_me_from(lease, fleet.ages, terms)
    if lease.holder in fleet.dead:
        return _beyond_share(still, terms.patience_seconds, leases, live, mine)
    if lease.holder:  # from then on as good as free
        return _beyond_share(still + terms.failover_seconds, terms.patience_seconds, leases, live, mine)
    free = max(still, readable)
    if fleet.members > live:  # they are starting: what the first one took, the others would have to ask it for
        return _beyond_share(free, terms.failover_seconds, leases, fleet.members, mine)
    return _beyond_share(free, terms.patience_seconds, leases, live, mine)


def _beyond_share(from_mono: float, patience_seconds: float, leases: int, owners: int, mine: int) -> float:
    return from_mono if mine < math.ceil(leases / owners) else from_mono + patience_seconds


def _left_to_me_from(lease: Lease, ages: Ages, terms: Terms) -> float:
    """A row in my name that I don't hold: handed over, or a write of mine whose answer did not come. While another one
    is still to hand it over, it may be forced, after a time, or when that one's counter stands still."""
    if not lease.checkpoint_owner:
        return -math.inf
    forced = ages.owners_since(lease.shard) + terms.force_seconds
    return min(forced, ages.still_since(lease.shard) + terms.failover_seconds)


def _to_steal(
    fleet: Fleet, terms: Terms, rows: Sequence[Lease], live: frozenset[str], target: int, mine: int
) -> Lease | None:
    if not terms.may_steal or mine >= target:
        return None
    if any(lease.owner == fleet.me and lease.shard not in fleet.held for lease in rows):
        return None  # one is under way
    counts = Counter(lease.owner for lease in rows if lease.owner in live and lease.owner != fleet.me)
    ahead = [owner for owner, count in counts.items() if count == max(counts.values())]
    if not ahead or counts[ahead[0]] - mine < DEAD_BAND:
        return None
    stealable = [lease for lease in rows if lease.owner in ahead and not lease.checkpoint_owner]
    return next(iter(_in_own_order(stealable, fleet.me)), None)


def _to_give(fleet: Fleet, rows: Sequence[Lease], mine: int) -> tuple[Lease | None, str]:
    """One at a time, to the taker that has least: by the dead band by which it would ask us, if it did."""
    if not fleet.takers or any(lease.checkpoint_owner == fleet.me for lease in rows):
        return None, ""
    counts = Counter(lease.owner for lease in rows)
    taker = min(sorted(fleet.takers), key=lambda name: counts[name])
    if mine - counts[taker] < DEAD_BAND:
        return None, ""
    held = [lease for lease in rows if lease.owner == fleet.me and lease.shard in fleet.held]
    return next(iter(_in_own_order(held, fleet.me)), None), taker


def _in_own_order(leases: Iterable[Lease], me: str) -> list[Lease]:
    """Each worker goes through them in another order: two that look at the same time seldom want the same one."""
    return sorted(leases, key=lambda lease: crc32(f"{me} {lease.shard}".encode()))
