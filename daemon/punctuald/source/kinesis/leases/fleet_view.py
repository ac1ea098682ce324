"""What this worker has seen of the fleet: the rows of the last look, and how long they stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from punctuald.clock import Clock
from punctuald.policy.leases.ages import Ages
from punctuald.policy.leases.lease import Lease, Row, lease_in
from punctuald.policy.leases.shard_tree import readable
from punctuald.policy.leases.shares import Fleet
from punctuald.policy.leases.silence import Silence

from .lease_table import LeaseTable
from .workers.worker_ids import is_ours, is_surely_dead
from .workers.worker_metrics import FRESH_SECONDS


class FleetView:
    """``listed`` gives the shards of the last list, ``members`` how many workers this daemon is to have."""

    def __init__(
        self,
        me: str,
        table: LeaseTable,
        listed: Callable[[], frozenset[str]],
        members: Callable[[], int],
        clock: Clock,
        failover_seconds: float,
    ) -> None:
        self._me = me
        self._table = table
        self._listed = listed
        self._members = members
        self._clock = clock
        self._ages = Ages()
        self._silence = Silence(failover_seconds, FRESH_SECONDS)
        self._lock = asyncio.Lock()
        self.leases: Sequence[Lease] = ()
        self.rows: Sequence[Row] = ()

    async def look(self) -> Sequence[Lease]:
        """Read the table; one look at a time, for an older one must not be taken for news. Raises what
        `LeaseTable.scan` raises."""
        async with self._lock:
            self.rows = await self._table.scan()
            found = (lease_in(row) for row in self.rows)
            self.leases = [lease for lease in found if lease is not None]
            self._ages.look(self.leases, self.readable, self._clock.mono())
            return self.leases

    @property
    def readable(self) -> frozenset[str]:
        """The shards that are to be read now, by anybody."""
        return readable(self.leases, self._listed())

    def fleet(self, held: frozenset[str], announced: frozenset[str]) -> Fleet:
        """For `shares.claims`; ``announced`` are the workers that a leader of KCL 3 knows."""
        owners = {lease.owner for lease in self.leases} | {lease.checkpoint_owner for lease in self.leases}
        ours = {owner for owner in owners if is_ours(owner)}
        dead = frozenset(owner for owner in ours if is_surely_dead(owner))
        return Fleet(
            self._me,
            self.leases,
            self.readable,
            held,
            self._ages,
            self._members(),
            announced | ours,
            dead,
            self._takers(announced),
        )

    def _takers(self, announced: frozenset[str]) -> frozenset[str]:
        """Those that take what they are given."""
        now_mono, readable = self._clock.mono(), self.readable
        to_be_read = (lease for lease in self.leases if lease.shard in readable and not lease.is_ended)
        self._silence.look(to_be_read, self._ages, now_mono)
        return frozenset(name for name in announced - self._silence.lately(now_mono) if not is_ours(name))
