"""What a worker may write into a lease row, each with the condition under which it is true.

No condition is met by a row that is not there: an update makes one out of nothing at DynamoDB, with no more in it than
it sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import lease as row
from .checkpoint import LATEST, SHARD_END, Checkpoint
from .lease import Lease, Row
from .shard import Shard


@dataclass(frozen=True, slots=True)
class Change:
    """Attributes to set and to remove, ``when`` all of those have these values; None: the row has no such one."""

    when: Mapping[str, Any]
    set: Mapping[str, Any]
    remove: frozenset[str] = field(default_factory=frozenset)


def new_row(shard: Shard, checkpoint: Checkpoint, since_utc: float | None, stream: str) -> Row:
    """Nobody's yet, as KCL makes one, with what is ours in it."""
    made: dict[str, Any] = {
        row.LEASE_KEY: shard.shard_id,
        row.COUNTER: 0,
        row.CHECKPOINT: checkpoint.sequence_number,
        row.SUB_SEQUENCE: checkpoint.sub_sequence_number,
        row.SWITCHES: 0,
        row.STREAM: stream,
    }
    hash_keys = {row.STARTING_HASH_KEY: shard.starting_hash_key, row.ENDING_HASH_KEY: shard.ending_hash_key}
    made.update({name: key for name, key in hash_keys.items() if key})
    if shard.parents:  # DynamoDB has no empty sets
        made[row.PARENTS] = frozenset(shard.parents)
    if since_utc is not None:
        made[row.SINCE] = since_utc
    return made


def renewed(lease: Lease, me: str, checkpoint: Checkpoint | None) -> Change:
    """Still mine, and done so far. While another is to have it, its actual owner is the one in checkpointOwner."""
    return Change(_mine(lease, me), {row.COUNTER: lease.counter + 1, **_done(lease, checkpoint)}, _pending(checkpoint))


def handed_over(lease: Lease, me: str, checkpoint: Checkpoint | None) -> Change:
    """Done so far, and nothing of it is running here any more: whoever is named as its owner may begin."""
    written = {row.COUNTER: lease.counter + 1, **_done(lease, checkpoint)}
    return Change(_mine(lease, me), written, _pending(checkpoint) | {row.CHECKPOINT_OWNER})


def freed(lease: Lease, me: str, checkpoint: Checkpoint | None) -> Change:
    """Anybody's, at once: KCL's workers leave their names in, and their leases have to expire."""
    written = {row.COUNTER: lease.counter + 1, **_done(lease, checkpoint)}
    return Change(_mine(lease, me), written, _pending(checkpoint) | {row.OWNER})


def ended(lease: Lease, me: str, children: Iterable[str]) -> Change:
    """Its last record is settled; the rows of ``children`` are there. Nobody's, so that no owner's share counts it."""
    written: dict[str, Any] = {row.COUNTER: lease.counter + 1, **_done(lease, Checkpoint(SHARD_END))}
    if names := frozenset(children):
        written[row.CHILDREN] = names
    return Change(_mine(lease, me), written, row.PENDING | {row.OWNER, row.CHECKPOINT_OWNER})


def taken(lease: Lease, me: str, stream: str, now_utc: float) -> Change:
    """Mine from now on, if the row is as it was seen: free, expired, left to me, or a KCL 2.x worker's that has too
    many. LATEST is given its time, if nobody has yet: asked twice, it would skip what came between."""
    written: dict[str, Any] = {row.OWNER: me, row.COUNTER: lease.counter + 1, row.STREAM: stream}
    if lease.owner not in ("", me):
        written[row.SWITCHES] = lease.owner_switches + 1
    if lease.checkpoint.sequence_number == LATEST and lease.since_utc is None:
        written[row.SINCE] = now_utc
    return Change(_as_seen(lease), written, frozenset({row.CHECKPOINT_OWNER}))


def asked_for(lease: Lease, me: str) -> Change:
    """Its owner is to end it and hand it to me, as the leader of KCL 3.x asks: the counter is the owner's and stays."""
    when = {row.OWNER: lease.owner, row.CHECKPOINT_OWNER: None}
    return Change(when, {row.OWNER: me, row.CHECKPOINT_OWNER: lease.owner})


def left_out(me: str) -> Change:
    """A worker of KCL 2.x has taken it while it was handed over, and knows nothing of checkpointOwner: mine would stay
    there, and count as somebody who lives. The counter is that worker's."""
    return Change({row.CHECKPOINT_OWNER: me}, {}, frozenset({row.CHECKPOINT_OWNER}))


def withdrawn(lease: Lease, me: str) -> Change:
    """I don't want it after all: anybody may have it, when whoever still reads it has left it."""
    return Change({row.OWNER: me, row.CHECKPOINT_OWNER: lease.checkpoint_owner or None}, {}, frozenset({row.OWNER}))


def deletable(lease: Lease) -> Mapping[str, Any]:
    """The condition to delete it under: nobody has written since."""
    return _as_seen(lease)


def _mine(lease: Lease, me: str) -> Mapping[str, Any]:
    """A condition on the counter alone would be met while the row names another owner already."""
    whose = row.CHECKPOINT_OWNER if lease.checkpoint_owner == me else row.OWNER
    return {whose: me, row.COUNTER: lease.counter}


def _as_seen(lease: Lease) -> Mapping[str, Any]:
    return {
        row.COUNTER: lease.counter,
        row.OWNER: lease.owner or None,
        row.CHECKPOINT_OWNER: lease.checkpoint_owner or None,
    }


def _done(lease: Lease, checkpoint: Checkpoint | None) -> Mapping[str, Any]:
    if checkpoint is None or checkpoint <= lease.checkpoint:
        return {}
    return {
        row.CHECKPOINT: checkpoint.sequence_number,
        row.SUB_SEQUENCE: checkpoint.sub_sequence_number,
        row.SWITCHES: 0,
    }


def _pending(checkpoint: Checkpoint | None) -> frozenset[str]:
    return row.PENDING if checkpoint is not None else frozenset()
