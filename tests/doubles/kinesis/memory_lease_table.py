"""A lease table in memory, with DynamoDB's conditions and nothing else: one for a whole fleet.

What goes wrong is switched on for a worker at a time, by the `TableView` that it is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from punctuald.errors import SourceMissing, SourceUnavailable
from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.lease import LEASE_KEY, Row

CALL_SECONDS = 0.005


class MemoryLeaseTable:
    """The rows, and each write that was done: (key, row). It is there once it is made, or a row is put into it."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.writes: list[tuple[str, Row]] = []
        self.scans = 0
        self.is_there = False

    def put(self, row: Row) -> None:
        """Write it whole, under no condition, as a test prepares a table."""
        self.is_there = True
        self.rows[row[LEASE_KEY]] = dict(row)

    def delete_table(self) -> None:
        self.rows.clear()
        self.is_there = False

    def create(self, row: Row) -> bool:
        if row[LEASE_KEY] in self.rows:
            return False
        self.put(row)
        self.writes.append((row[LEASE_KEY], dict(row)))
        return True

    def update(self, key: str, change: Change) -> Row | None:
        if not self._meets(key, change.when):
            return None
        row = self.rows[key]
        row.update(change.set)
        for name in change.remove:
            row.pop(name, None)
        self.writes.append((key, dict(row)))
        return dict(row)

    def delete(self, key: str, when: Mapping[str, Any]) -> bool:
        return self._meets(key, when) and self.rows.pop(key, None) is not None

    def _meets(self, key: str, when: Mapping[str, Any]) -> bool:
        row = self.rows.get(key)
        return row is not None and all(row.get(name) == value for name, value in when.items())


class TableView:
    """A `LeaseTable` as one worker reaches it.

    ``is_away``: nothing gets there; ``throttles``: nothing is done, and it says so; ``drop_answers``: so many of the
    next writes are done, and the answer is cut off; ``hangs``: no answer ever comes; ``pauses``: none comes until it
    does no more.
    """

    def __init__(self, table: MemoryLeaseTable) -> None:
        self.table = table
        self.is_away = False
        self.throttles = False
        self.hangs = False
        self.pauses = False
        self.drop_answers = 0

    def heal(self) -> None:
        """Nothing goes wrong from now on."""
        self.is_away = self.throttles = self.hangs = self.pauses = False
        self.drop_answers = 0

    async def create_table(self) -> bool:
        await self._reach_server()
        was_there, self.table.is_there = self.table.is_there, True
        return not was_there

    async def scan(self) -> Sequence[Row]:
        await self._reach()
        self.table.scans += 1
        return [dict(row) for row in self.table.rows.values()]

    async def get(self, key: str) -> Row | None:
        await self._reach()
        row = self.table.rows.get(key)
        return dict(row) if row is not None else None

    async def create(self, row: Row) -> bool:
        await self._reach()
        done = self.table.create(row)
        await self._answer()
        return done

    async def update(self, key: str, change: Change) -> Row | None:
        await self._reach()
        row = self.table.update(key, change)
        await self._answer()
        return row

    async def delete(self, key: str, when: Mapping[str, Any]) -> bool:
        await self._reach()
        done = self.table.delete(key, when)
        await self._answer()
        return done

    async def close(self) -> None:
        return

    async def _reach(self) -> None:
        await self._reach_server()
        if not self.table.is_there:
            raise SourceMissing("there is no table", code="ResourceNotFoundException")

    async def _reach_server(self) -> None:
        await asyncio.sleep(CALL_SECONDS)
        if self.hangs:
            await asyncio.Event().wait()
        while self.pauses:
            await asyncio.sleep(0.1)
        if self.is_away:
            raise SourceUnavailable("the table is away", code="EndpointConnectionError")
        if self.throttles:
            raise SourceUnavailable("too much", code="ProvisionedThroughputExceededException")

    async def _answer(self) -> None:
        await asyncio.sleep(CALL_SECONDS)
        if self.drop_answers:
            self.drop_answers -= 1
            raise SourceUnavailable("the answer was cut off", code="ConnectionClosedError")
