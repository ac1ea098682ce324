"""A lease table whose client is made by the first call: one stream's bad address must not keep a worker from its other
sources, and it is the call that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.lease import LEASE_KEY, Row

from .table import DynamoLeaseTable


class SharedClient:
    """A botocore client for several tables, made when one of them first needs it and closed with the last of them.

    ``make`` raises `SourceError`, each time.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._client: Any = None
        self._holders = 0

    def hold(self) -> None:
        """To be called by each user, once."""
        self._holders += 1

    def get(self) -> Any:
        """It. Raises `SourceError`."""
        if self._client is None:
            self._client = self._make()
        return self._client

    def release(self) -> None:
        """To be called by each user, once."""
        self._holders -= 1
        if self._holders == 0 and self._client is not None:
            self._client.close()


class LateLeaseTable:
    """See `LeaseTable` and `DynamoLeaseTable`."""

    def __init__(self, client: SharedClient, name: str, key: str = LEASE_KEY) -> None:
        self._client = client
        self._name = name
        self._key = key
        self._made: DynamoLeaseTable | None = None
        client.hold()

    async def create_table(self) -> bool:
        """See `LeaseTable.create_table`."""
        return await self._table().create_table()

    async def scan(self) -> Sequence[Row]:
        """See `LeaseTable.scan`."""
        return await self._table().scan()

    async def get(self, key: str) -> Row | None:
        """See `LeaseTable.get`."""
        return await self._table().get(key)

    async def create(self, row: Row) -> bool:
        """See `LeaseTable.create`."""
        return await self._table().create(row)

    async def update(self, key: str, change: Change) -> Row | None:
        """See `LeaseTable.update`."""
        return await self._table().update(key, change)

    async def delete(self, key: str, when: Mapping[str, Any]) -> bool:
        """See `LeaseTable.delete`."""
        return await self._table().delete(key, when)

    async def close(self) -> None:
        """See `LeaseTable.close`."""
        if self._made is not None:
            await self._made.close()
        self._client.release()

    def _table(self) -> DynamoLeaseTable:
        if self._made is None:
            self._made = DynamoLeaseTable(self._client.get(), self._name, self._key)
        return self._made
