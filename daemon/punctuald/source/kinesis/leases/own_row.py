"""The row of a lease that is ours: what it says, when it was last renewed, and the next write to it."""

from __future__ import annotations

from contextlib import suppress
from math import inf

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.policy.leases import changes
from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.lease import Lease, lease_in
from punctuald.policy.leases.standing import Standing, Written, standing

from .lease_table import LeaseTable


class OwnRow:
    """One write at a time: each has to know what the one before has left. ``renewed_mono`` is when the last write that
    is known to have raised the counter was sent."""

    def __init__(self, lease: Lease, renewed_mono: float, me: str, table: LeaseTable, clock: Clock) -> None:
        self.lease = lease
        self.renewed_mono = renewed_mono
        self._me = me
        self._table = table
        self._clock = clock
        self._sent_mono = inf  # of the write with the next counter, for as long as nobody knows whether it was written

    @property
    def is_asked_for(self) -> bool:
        """Whether it names another one as its next owner."""
        return self.lease.checkpoint_owner == self._me

    async def write(self, change: Change, *, is_last: bool) -> Standing:
        """Write ``change``, which raises the counter. Where its condition is not met the row itself says why: an
        earlier attempt whose answer was cut off may have been written. Raises what `LeaseTable` raises."""
        self._sent_mono = min(self._sent_mono, self._clock.mono())
        row = await self._table.update(self.lease.shard, change)
        if row is not None:
            found = Written(Standing.WRITTEN, lease_in(row))
        else:
            row = await self._table.get(self.lease.shard)
            found = standing(self.lease, lease_in(row) if row is not None else None, self._me, is_last=is_last)
        self._know(found)
        if found.standing is Standing.TAKEN and self.is_asked_for:
            with suppress(SourceError):  # it is for tidiness' sake
                await self._table.update(self.lease.shard, changes.left_out(self._me))
        return found.standing

    def _know(self, found: Written) -> None:
        if found.standing in (Standing.WRITTEN, Standing.RENEWED):
            self.renewed_mono = self._sent_mono
        if found.lease is not None:
            self.lease = found.lease
        self._sent_mono = inf
