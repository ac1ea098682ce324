"""Writes what was decided about leases that are not ours yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.policy.leases import changes
from punctuald.policy.leases.lease import Lease, lease_in
from punctuald.policy.leases.shares import Claims
from punctuald.source.kinesis.stream import KinesisStream

from .held import Held
from .lease_table import LeaseTable

FREE, EXPIRED, DEAD, LEFT, STOLEN = "free", "expired", "dead", "left", "stolen"


class Taking:
    """``me`` is this worker's id. Raises what `LeaseTable` raises; what was written without an answer is found in the
    table, under this worker's name, at the next look."""

    def __init__(
        self,
        stream: KinesisStream,
        me: str,
        table: LeaseTable,
        held: Held,
        clock: Clock,
        now_utc: Callable[[], float],
        limited: LimitedLog,
    ) -> None:
        self._stream = stream
        self._me = me
        self._table = table
        self._held = held
        self._clock = clock
        self._now_utc = now_utc
        self._limited = limited

    async def carry_out(self, claims: Claims, identity: str) -> bool:
        """Take, ask and give as decided; whether every row was as it was seen."""
        done = await asyncio.gather(
            *(self._take(lease, claims, identity, _how(lease, self._me, claims.dead)) for lease in claims.take)
        )
        if claims.steal is not None:
            steal = self._ask if claims.ask else self._steal
            return await steal(claims.steal, claims, identity)
        if claims.give is not None:
            return await self._give(claims.give, claims)
        return all(done)

    async def withdraw(self, leases: Iterable[Lease]) -> None:
        """Leave to others what is in our name and not held: it was asked for, or left to us, and is not wanted."""
        unwanted = (lease for lease in leases if lease.owner == self._me and lease.shard not in self._held.shards)
        changed = (self._table.update(lease.shard, changes.withdrawn(lease, self._me)) for lease in unwanted)
        await asyncio.gather(*changed)

    async def _take(self, lease: Lease, claims: Claims, identity: str, how: str) -> bool:
        sent_mono = self._clock.mono()
        row = await self._table.update(lease.shard, changes.taken(lease, self._me, identity, self._now_utc()))
        taken = lease_in(row) if row is not None else None
        if taken is None:
            return False
        self._limited.info(
            "kinesis.lease_taken",
            owner=lease.holder,
            how=how,
            checkpoint=lease.checkpoint.sequence_number,
            **self._about(lease, claims),
        )
        self._held.begin(taken, sent_mono)
        return True

    async def _steal(self, lease: Lease, claims: Claims, identity: str) -> bool:
        """As KCL 2.x does: its worker learns of it at its next renewal, and may have read on until then."""
        return await self._take(lease, claims, identity, STOLEN)

    async def _ask(self, lease: Lease, claims: Claims, identity: str) -> bool:  # noqa: ARG002  # as the others
        if await self._table.update(lease.shard, changes.asked_for(lease, self._me)) is None:
            return False
        self._limited.info("kinesis.lease_asked_for", owner=lease.owner, **self._about(lease, claims))
        return True

    async def _give(self, lease: Lease, claims: Claims) -> bool:
        row = await self._table.update(lease.shard, changes.given(self._me, claims.give_to))
        given = lease_in(row) if row is not None else None
        if given is None:
            return False
        self._limited.info("kinesis.lease_given", owner=claims.give_to, **self._about(lease, claims))
        self._held.look([given])
        return True

    def _about(self, lease: Lease, claims: Claims) -> dict[str, object]:
        return {
            "queue": self._stream.name,
            "shard": lease.shard,
            "target": claims.target,
            "workers": claims.live,
        }


def _how(lease: Lease, me: str, dead: Collection[str]) -> str:
    if lease.owner == me:
        return LEFT
    if lease.holder in dead:
        return DEAD
    return EXPIRED if lease.holder else FREE
