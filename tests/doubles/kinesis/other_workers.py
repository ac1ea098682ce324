"""Workers of KCL on the same table, as far as their writes to it go: what was seen of 2.5.4, and of 3.5.1 without a
leader."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from doubles.kinesis.lease_fleet import STREAM, Fleet, with_all_leases
from punctuald.clock import ManualClock
from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.lease import Lease, lease_in
from punctuald.source.kinesis.stream import KinesisStream


class KclWorker:
    """Renews what it has each third of the failover time."""

    usual_name: ClassVar[str]

    def __init__(self, name: str, fleet: Fleet) -> None:
        self.name = name
        self._fleet = fleet
        self._held: dict[str, int] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def held(self) -> frozenset[str]:
        return frozenset(self._held)

    def start(self) -> None:
        self._tasks = [asyncio.get_running_loop().create_task(self._renew())]

    def kill(self) -> None:
        self._held.clear()
        for task in self._tasks:
            task.cancel()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._fleet.stream.failover_seconds / 3)
            for shard, counter in [*self._held.items()]:
                self.renew(shard, counter)

    def renew(self, shard: str, counter: int) -> None:
        """By the counter alone."""
        done = self._write(shard, {"leaseCounter": counter}, {"leaseCounter": counter + 1})
        if done is None:
            del self._held[shard]
        else:
            self._held[shard] = counter + 1

    def _write(self, shard: str, when: dict[str, Any], to: dict[str, Any], *remove: str) -> Lease | None:
        row = self._fleet.table.update(shard, Change(when, to, frozenset(remove)))
        return lease_in(row) if row is not None else None

    def _take_one(self, lease: Lease) -> None:
        to = {"leaseOwner": self.name, "leaseCounter": lease.counter + 1}
        if self._write(lease.shard, {"leaseCounter": lease.counter}, to) is not None:
            self._held[lease.shard] = lease.counter + 1

    def _may_begin(self, lease: Lease) -> bool:
        parents = [self._fleet.table.rows.get(parent) for parent in lease.parents]
        return all(row is None or row["checkpoint"] == "SHARD_END" for row in parents)

    def _leases(self) -> list[Lease]:
        rows = (lease_in(row) for row in self._fleet.table.rows.values())
        return [lease for lease in rows if lease is not None and not lease.is_ended]


class Kcl2Worker(KclWorker):
    """Takes what is free, and steals one from whoever has most, each two failover times."""

    usual_name = "kcl2"

    def start(self) -> None:
        super().start()
        self._tasks.append(asyncio.get_running_loop().create_task(self._take()))

    async def _take(self) -> None:
        while True:
            await asyncio.sleep(2)
            leases = self._leases()
            owners: dict[str, list[Lease]] = {self.name: []}
            for lease in leases:
                if lease.owner:
                    owners.setdefault(lease.owner, []).append(lease)
            target = -(-len(leases) // len(owners))
            most = max(owners.values(), key=len)
            free = [lease for lease in leases if not lease.owner and self._may_begin(lease)]
            if len(self._held) < target:
                for lease in free[: target - len(self._held)] or (most[:1] if len(most) > target else []):
                    self._take_one(lease)
            await asyncio.sleep(self._fleet.stream.failover_seconds * 2)


class Kcl3Worker(KclWorker):
    """Takes nothing without its leader but what is free when it starts; it announces itself, and hands over what it is
    asked for, if ``hands_over``."""

    usual_name = "kcl3"
    hands_over = True

    def start(self) -> None:
        super().start()
        table = self._fleet.table
        lut = int(self._fleet.clock.utc())
        table.put({"leaseKey": self.name, "entityType": "WORKER_METRIC_STATS", "lut": lut})
        for lease in self._leases():
            if not lease.owner and self._may_have(lease):
                self._take_one(lease)
        self._tasks.append(asyncio.get_running_loop().create_task(self._hand_over()))

    def die_announced(self) -> None:
        """By kill -9: its metrics row stays."""
        super().kill()

    def kill(self) -> None:
        super().kill()
        with suppress(KeyError):
            del self._fleet.table.rows[self.name]

    def _may_have(self, lease: Lease) -> bool:
        return not lease.checkpoint_owner and self._may_begin(lease)

    async def _hand_over(self) -> None:
        """It looks for what is asked of it at each half second."""
        while True:
            await asyncio.sleep(0.5)
            if not self.hands_over:
                continue
            for lease in self._leases():
                if lease.owner == self.name and lease.shard not in self._held and self._may_have(lease):
                    self._held[lease.shard] = lease.counter  # given to it, and free of whoever had it
            asked = [lease for lease in self._leases() if lease.checkpoint_owner == self.name]
            for lease in asked:
                self._held.pop(lease.shard, None)
                when = {"checkpointOwner": self.name}
                self._write(lease.shard, when, {"leaseCounter": lease.counter + 1}, "checkpointOwner")


Other = TypeVar("Other", bound=KclWorker)


async def beside_a_fleet(
    clock: ManualClock, kind: type[Other], shards: int, stream: KinesisStream = STREAM
) -> tuple[Fleet, Other]:
    """One that has started in the place of the fleet's only worker, when that one had had all leases."""
    fleet, first = await with_all_leases(clock, shards, stream)
    await first.close()
    other = kind(kind.usual_name, fleet)
    other.start()
    return fleet, other
