"""What a lease table's rows say of who shares a stream, and how far it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.policy.advice.stream_advice import LeaseTableFacts
from punctuald.policy.leases.contradictions import contradiction
from punctuald.policy.leases.lease import LEASE_KEY, Lease, Row, lease_in
from punctuald.policy.leases.shard import Shard, StreamIdentity
from punctuald.source.kinesis.leases.workers.worker_ids import is_ours
from punctuald.source.kinesis.leases.workers.worker_metrics import ENTITY, LEADER, METRICS

MOST_ASKED = 16
"""Shards that are read once to know how far behind they are: each read is one of the five a second that all share."""

BehindSeconds = Callable[[str, str], float | None]
"""Of a shard, behind a sequence number; "" = from its oldest record on."""


def lease_table_facts(
    key: str, rows: Sequence[Row], shards: Sequence[Shard], identity: StreamIdentity | None, *, has_leader: bool
) -> LeaseTableFacts:
    """``rows`` were read before ``shards``. ``has_leader``: workers of KCL 3.0 to 3.4 have a table of their own."""
    if key != LEASE_KEY:
        return LeaseTableFacts(key)
    leases = _leases(rows)
    to_read = [lease for lease in leases if not lease.is_ended]
    contradicts = contradiction(leases, shards, identity.text) if identity is not None else None
    return LeaseTableFacts(
        key,
        leases=len(to_read),
        kcl_owners=len({lease.holder for lease in to_read if lease.holder and not is_ours(lease.holder)}),
        has_leader=has_leader or any(row.get(ENTITY) in (METRICS, LEADER) for row in rows),
        contradiction=contradicts or "",
    )


def furthest_behind_seconds(rows: Sequence[Row], shards: Sequence[Shard], behind: BehindSeconds) -> float | None:
    """Of shards that somebody has begun to read. Without any the first shard's oldest record is read, to know whether
    we may: that nothing was read yet is no lag."""
    listed = {shard.shard_id for shard in shards}
    begun = [lease for lease in _leases(rows) if not lease.checkpoint.is_start and not lease.is_ended]
    asked = [lease for lease in begun if lease.shard in listed][:MOST_ASKED]
    if not asked:
        for shard in shards[:1]:
            behind(shard.shard_id, "")
        return None
    found = [behind(lease.shard, lease.checkpoint.sequence_number) for lease in asked]
    return max((seconds for seconds in found if seconds is not None), default=None)


def _leases(rows: Sequence[Row]) -> list[Lease]:
    return [lease for row in rows if (lease := lease_in(row)) is not None]
