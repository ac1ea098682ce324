"""The port to the table that workers of any host and language share a stream by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.lease import Row


class LeaseTable(Protocol):
    """Rows by leaseKey. Every read is consistent; every write has a condition, and none but `create` makes a row.

    Raises `SourceError`. A `SourceUnavailable` of a write leaves open whether it was written: an answer that was cut
    off, or a 500, often has been.
    """

    async def create_table(self) -> bool:
        """Make the table if there is none, and wait until it can be used; whether it was made."""
        ...

    async def scan(self) -> Sequence[Row]:
        """All rows, leases and others."""
        ...

    async def get(self, key: str) -> Row | None:
        """One row, as it is now; None: there is none."""
        ...

    async def create(self, row: Row) -> bool:
        """Write a row that is not there; False where it is."""
        ...

    async def update(self, key: str, change: Change) -> Row | None:
        """The whole row as it is afterwards; None: its condition is not met, or there is no such row."""
        ...

    async def delete(self, key: str, when: Mapping[str, Any]) -> bool:
        """Under a condition as a `Change` has; False where it is not met."""
        ...

    async def close(self) -> None:
        """Nothing is asked afterwards."""
        ...
