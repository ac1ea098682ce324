"""A lease table whose requests are counted as what they are to a stream's messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from punctuald.model import Metric
from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.lease import CHECKPOINT, Row
from punctuald.ports import Count

from .leases.lease_table import LeaseTable


class CountedTable:
    """A `LeaseTable`. What writes a checkpoint acknowledges, what only renews extends, and the rest is looked up."""

    def __init__(self, table: LeaseTable, count: Count) -> None:
        self._table = table
        self._count = count

    async def create_table(self) -> bool:
        """See `LeaseTable.create_table`."""
        self._count(Metric.REQUEST_ATTRIBUTES)
        return await self._table.create_table()

    async def scan(self) -> Sequence[Row]:
        """See `LeaseTable.scan`. Counted once, however many pages there are."""
        self._count(Metric.REQUEST_ATTRIBUTES)
        return await self._table.scan()

    async def get(self, key: str) -> Row | None:
        """See `LeaseTable.get`."""
        self._count(Metric.REQUEST_ATTRIBUTES)
        return await self._table.get(key)

    async def create(self, row: Row) -> bool:
        """See `LeaseTable.create`."""
        self._count(Metric.REQUEST_ATTRIBUTES)
        return await self._table.create(row)

    async def update(self, key: str, change: Change) -> Row | None:
        """See `LeaseTable.update`."""
        self._count(Metric.REQUEST_ACKNOWLEDGE if CHECKPOINT in change.set else Metric.REQUEST_EXTEND)
        return await self._table.update(key, change)

    async def delete(self, key: str, when: Mapping[str, Any]) -> bool:
        """See `LeaseTable.delete`."""
        self._count(Metric.REQUEST_ATTRIBUTES)
        return await self._table.delete(key, when)

    async def close(self) -> None:
        """See `LeaseTable.close`."""
        await self._table.close()
