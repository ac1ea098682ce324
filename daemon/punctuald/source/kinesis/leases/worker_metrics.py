"""What workers of KCL 3 say of themselves, and what we say to them where their leader is to decide.

Source: rows that KCL 3.1.3 and 3.5.1 have written. 3.5 has them among the leases of a new application, 3.0 to 3.4 in a
table APP-WorkerMetricStats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from punctuald.clock import Clock
from punctuald.errors import SourceError, SourceMisconfigured
from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.lease import LEASE_KEY, Row
from punctuald.source.background import in_the_background
from punctuald.source.kinesis.stream import KCL_LEADER, KinesisStream

from .lease_table import LeaseTable

WORKER_KEY, LAST_UPDATE, ENTITY = "wid", "lut", "entityType"
METRICS_SUFFIX = "-WorkerMetricStats"
"""Of that table's name, behind the application's."""
METRICS, LEADER = "WORKER_METRIC_STATS", "LEADER"
REPORT_SECONDS, LOOK_FOR_LEADER_SECONDS = 30.0, 2.0
FRESH_SECONDS = 2 * REPORT_SECONDS
"""KCL 3's leader gives leases only to workers whose row is not older. Wall clocks are compared, as it does: whoever is
taken for such a worker by mistake is asked for a lease, and forced when no answer comes."""

EMPTY: Mapping[str, Any] = {"M": {}}


class WorkerMetrics:
    """``table`` has the leases, ``metrics_table`` the metrics of KCL 3.0 to 3.4, if it is there."""

    def __init__(
        self, stream: KinesisStream, me: str, table: LeaseTable, metrics_table: LeaseTable, clock: Clock
    ) -> None:
        self._stream = stream
        self._me = me
        self._table = table
        self._metrics_table = metrics_table
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._elsewhere: frozenset[str] = frozenset()
        self._has_leader = False
        self._announced_in: tuple[LeaseTable, str] | None = None

    def announced(self, rows: Sequence[Row]) -> frozenset[str]:
        """The workers whose row is fresh; ``rows`` are those of the lease table."""
        self._has_leader = any(row.get(ENTITY) in (METRICS, LEADER) for row in rows)
        return self._elsewhere | self._fresh(rows, LEASE_KEY)

    def start(self) -> None:
        """Look at the other table now and then, and announce ourselves, where a leader is to decide."""
        self._task = in_the_background(self._run())

    async def close(self) -> None:
        """We are no more: the leader need not find that out."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._announced_in is not None:
            table, key = self._announced_in
            with suppress(SourceError):  # then it finds it out
                await table.delete(self._me, {key: self._me})
        await self._metrics_table.close()

    async def _run(self) -> None:
        while True:
            with suppress(SourceError):  # a row may be missed once; the look at the leases says what is wrong
                await self._turn()
            is_to_announce = self._stream.balance == KCL_LEADER and self._announced_in is None
            await asyncio.sleep(LOOK_FOR_LEADER_SECONDS if is_to_announce else REPORT_SECONDS)

    async def _turn(self) -> None:
        try:
            self._elsewhere = self._fresh(await self._metrics_table.scan(), WORKER_KEY)
        except SourceMisconfigured:  # there is none, or it is not ours to read
            self._elsewhere = frozenset()
            await self._announce(self._table, LEASE_KEY, {ENTITY: METRICS})
        else:
            await self._announce(self._metrics_table, WORKER_KEY, {})

    def _fresh(self, rows: Sequence[Row], key: str) -> frozenset[str]:
        from_utc = self._clock.utc() - FRESH_SECONDS
        return frozenset(row[key] for row in rows if key in row and row.get(LAST_UPDATE, 0) >= from_utc)

    async def _announce(self, table: LeaseTable, key: str, more: Row) -> None:
        """Among the leases only where KCL 3.5 has such rows too: KCL 2.x takes each row there for a lease, and fails at
        one without a leaseCounter."""
        if self._stream.balance != KCL_LEADER or (table is self._table and not self._has_leader):
            return
        now = {LAST_UPDATE: int(self._clock.utc())}
        if await table.update(self._me, Change({key: self._me}, now)) is None:
            await table.create({key: self._me, **now, "sts": EMPTY, "opr": EMPTY, **more})
        self._announced_in = (table, key)
