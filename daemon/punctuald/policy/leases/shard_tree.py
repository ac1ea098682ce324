"""Which shards have to have a lease row, which can be read, and whose row is of no use any more.

Source: KCL's `HierarchicalShardSyncer` and `LeaseCleanupManager`. A shard that was split or merged has ended when its
last record is settled, and only then may its children be read: that is the order of each key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .checkpoint import AT_TIMESTAMP, LATEST, TRIM_HORIZON, Checkpoint
from .lease import Lease
from .shard import Shard


@dataclass(frozen=True, slots=True)
class MissingRow:
    """``since_utc`` is what AT_TIMESTAMP and LATEST mean here."""

    shard: Shard
    checkpoint: Checkpoint
    since_utc: float | None = None


def readable(leases: Sequence[Lease], listed: Collection[str]) -> frozenset[str]:
    """The shards that have not ended, and whose parents have. ``listed`` are all shards of the last list.

    A parent without a row was done before, where the list does not show it any more or where reading did not begin at
    the beginning; else its own row is still to be made.
    """
    rows = {lease.shard: lease for lease in leases}

    def has_ended(parent: str, child: Lease) -> bool:
        if parent in rows:
            return rows[parent].is_ended
        return parent not in listed or child.checkpoint.sequence_number != TRIM_HORIZON

    return frozenset(
        lease.shard
        for lease in leases
        if not lease.is_ended and all(has_ended(parent, lease) for parent in lease.parents)
    )


def missing_rows(
    leases: Sequence[Lease], shards: Sequence[Shard], start: str | float, began_utc: float, open_then: Collection[str]
) -> Iterator[MissingRow]:
    """Of shards that nobody would read otherwise. ``began_utc`` is when this application first saw the stream, which
    is what LATEST means; ``open_then`` the shards that were open at ``start``, where that is a UTC time.

    Children begin at their beginning, and get their rows when all of a parent is settled. All others are shards that
    no row leads to and that lead to none: where there is no row yet, that is each one.
    """
    rows = {lease.shard: lease for lease in leases}
    reached = _reached(shards, rows)
    for shard in shards:
        if shard.shard_id in rows:
            continue
        if any(parent in rows and rows[parent].is_ended for parent in shard.parents):
            yield MissingRow(shard, Checkpoint(TRIM_HORIZON))
        elif shard.shard_id not in reached:
            first = _first_row(shard, {each.shard_id for each in shards}, start, began_utc, open_then)
            if first is not None:
                yield first


def children_of(shard: str, shards: Iterable[Shard]) -> frozenset[str]:
    """What came of it by a split or a merge, as far as the list shows."""
    return frozenset(each.shard_id for each in shards if shard in each.parents)


def rows_to_delete(leases: Sequence[Lease], listed: Collection[str]) -> list[Lease]:
    """Those that have ended and left the list, and whose children have begun or ended: nobody asks for them again."""
    rows = {lease.shard: lease for lease in leases}
    return [
        lease
        for lease in leases
        if lease.is_ended and lease.shard not in listed and all(_has_begun(child) for child in _children(lease, rows))
    ]


def gone_shards(leases: Sequence[Lease], listed: Collection[str]) -> list[Lease]:
    """Not ended, and not in the list any more: what was left of them has passed its retention. Their children wait for
    them in vain."""
    return [lease for lease in leases if not lease.is_ended and lease.shard not in listed]


def _first_row(
    shard: Shard, listed: Collection[str], start: str | float, began_utc: float, open_then: Collection[str]
) -> MissingRow | None:
    if start == "latest":
        return MissingRow(shard, Checkpoint(LATEST), began_utc) if shard.is_open else None
    if start != "earliest":
        is_first = shard.shard_id in open_then
        return MissingRow(shard, Checkpoint(AT_TIMESTAMP), float(start)) if is_first else None
    is_oldest = not any(parent in listed for parent in shard.parents)
    return MissingRow(shard, Checkpoint(TRIM_HORIZON)) if is_oldest else None


def _reached(shards: Sequence[Shard], rows: Mapping[str, Lease]) -> set[str]:
    """The shards with a row, their descendants, which get one when their time has come, and their ancestors, which
    have had their time."""
    parents = {shard.shard_id: shard.parents for shard in shards}
    children: dict[str, list[str]] = {}
    for shard in shards:
        for parent in shard.parents:
            children.setdefault(parent, []).append(shard.shard_id)
    return _closure(rows, parents) | _closure(rows, children)


def _closure(first: Iterable[str], following: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    to_visit = [*first]
    while to_visit:
        shard = to_visit.pop()
        if shard not in found:
            found.add(shard)
            to_visit.extend(following.get(shard, ()))
    return found


def _children(lease: Lease, rows: Mapping[str, Lease]) -> list[Lease]:
    named = [rows[child] for child in lease.children if child in rows]
    return named + [each for each in rows.values() if lease.shard in each.parents and each not in named]


def _has_begun(lease: Lease) -> bool:
    return not lease.checkpoint.is_start
