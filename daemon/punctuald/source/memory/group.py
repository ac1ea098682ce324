"""The consumers of one log: who reads which partition, how far each is committed, and how partitions change owners."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol

from punctuald.model import Backlog

from .log import MemoryLog


class Member(Protocol):
    """One consumer, as its group sees it."""

    def gain(self, partitions: Collection[str]) -> None:
        """These are yours to read from their checkpoints on."""

    async def lose(self, partitions: Collection[str]) -> None:
        """These go to another when this returns: commit what is done, here is the last chance."""


class MemoryGroup:
    """The state of one consumer group of ``log`` at the broker.

    A checkpoint is the offset that the next owner begins at. Only a partition's owner can commit it.
    """

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self._checkpoints = dict.fromkeys(log.partitions, 0)
        self._owned: dict[Member, frozenset[str]] = {}
        self._changing = asyncio.Lock()  # one change of owners after the other: each awaits those who lose

    def owned(self, member: Member) -> frozenset[str]:
        """The partitions of one consumer; none if it is not of this group (any more)."""
        return self._owned.get(member, frozenset())

    def has(self, member: Member) -> bool:
        """Whether it is of this group."""
        return member in self._owned

    def checkpoint(self, partition: str) -> int:
        """How far a partition is committed."""
        return self._checkpoints[partition]

    def commit(self, member: Member, partition: str, checkpoint: int) -> bool:
        """Set a partition's checkpoint; False = it is another's."""
        if partition not in self.owned(member):
            return False
        self._checkpoints[partition] = checkpoint
        return True

    async def join(self, member: Member) -> None:
        """Take a consumer in and deal the partitions out anew. One that is in already changes nothing."""
        if not self.has(member):
            self._owned[member] = frozenset()
            await self._deal_evenly()

    async def leave(self, member: Member) -> None:
        """Let a consumer go that has committed what it did; the others get its partitions. Without it, as at a death,
        they begin again at its last checkpoint. Nobody asks the one that goes.
        """
        if self._owned.pop(member, None) is not None:
            await self._deal_evenly()

    async def reassign(self, deal: Mapping[Member, Collection[str]]) -> None:
        """Let these consumers have exactly these partitions; those who lose any are awaited first."""
        async with self._changing:
            await self._change_hands({member: frozenset(partitions) for member, partitions in deal.items()})

    async def _deal_evenly(self) -> None:
        async with self._changing:
            members, partitions = list(self._owned), self.log.partitions
            await self._change_hands(
                {member: frozenset(partitions[turn :: len(members)]) for turn, member in enumerate(members)}
            )

    async def _change_hands(self, deal: Mapping[Member, frozenset[str]]) -> None:
        lost = {member: owned - deal.get(member, frozenset()) for member, owned in self._owned.items()}
        losers = [member.lose(partitions) for member, partitions in lost.items() if partitions]
        errors = [result for result in await asyncio.gather(*losers, return_exceptions=True) if result is not None]
        for member in list(self._owned):
            gained = deal.get(member, frozenset()) - self._owned[member]
            self._owned[member] = deal.get(member, frozenset())
            member.gain(gained)
        for error in errors:
            raise error

    def backlog(self) -> Backlog:
        """The lag: what is in the log beyond the checkpoints. A log does not know what is in flight."""
        lag = sum(len(self.log.records(partition)) - done for partition, done in self._checkpoints.items())
        return Backlog(lag, 0, 0, self.log.clock.mono())
