"""Several workers on one lease table and one stream, on virtual time, with what each of them was told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from doubles.kinesis.memory_lease_table import MemoryLeaseTable, TableView
from doubles.limited_log import limited_log
from punctuald.clock import ManualClock
from punctuald.errors import SourceMissing
from punctuald.policy.leases.checkpoint import Checkpoint
from punctuald.policy.leases.shard import Shard, StreamIdentity
from punctuald.source.kinesis.leases.leases import Leases
from punctuald.source.kinesis.stream import KinesisStream

IDENTITY = StreamIdentity("arn:aws:kinesis:eu-west-1:123456789012:stream/orders", 1_600_000_000.0)
STREAM = KinesisStream("orders", "orders", "billing", revoke_timeout_seconds=2.0)


class Shards:
    """A stream's shards, a `ShardList`."""

    def __init__(self, count: int) -> None:
        self.identity: StreamIdentity | None = IDENTITY  # None: there is no such stream
        self.shards: dict[str, Shard] = {}
        self.lists = 0
        for number in range(count):
            self.add(number)

    def add(self, number: int, *parents: str) -> str:
        """Make one; its ``parents`` are closed."""
        for parent in parents:
            old = self.shards[parent]
            self.shards[parent] = Shard(parent, old.parents, old.starting_hash_key, old.ending_hash_key, "0", "999999")
        name = f"shardId-{number:012}"
        self.shards[name] = Shard(name, parents, str(number * 100), str(number * 100 + 99), "0")
        return name

    def split(self, parent: str) -> set[str]:
        """Close it; its two children."""
        number = len(self.shards)
        return {self.add(number, parent), self.add(number + 1, parent)}

    async def list_shards(self) -> Sequence[Shard]:
        await asyncio.sleep(0.01)
        self.lists += 1
        return [*self.shards.values()]

    async def open_at(self, utc: float) -> Sequence[str]:  # noqa: ARG002
        return [shard.shard_id for shard in self.shards.values() if shard.is_open]

    async def describe(self) -> StreamIdentity:
        await asyncio.sleep(0.01)
        if self.identity is None:
            raise SourceMissing("no such stream", code="ResourceNotFoundException")
        return self.identity


@dataclass
class Reader:
    """A `ShardHolder` which notes what it was told; ``give_up_seconds`` is how long its handlers take."""

    reads: dict[str, tuple[Checkpoint, float | None]] = field(default_factory=dict)
    done: dict[str, Checkpoint] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    give_up_seconds: float = 0.5
    ends: dict[str, Sequence[str]] = field(default_factory=dict)
    """Shards that come to their end, and the children that are named there: the stream's, for all of its readers."""
    on_end: Callable[[str, Sequence[str]], Coroutine[Any, Any, None]] | None = None
    ending: set[asyncio.Task[None]] = field(default_factory=set)

    def gained(self, shard: str, checkpoint: Checkpoint, since_utc: float | None) -> None:
        assert shard not in self.reads, "gained twice"
        self.reads[shard] = (checkpoint, since_utc)
        self.done.pop(shard, None)
        self.told.append(("gained", shard))
        asyncio.get_running_loop().call_later(0.2, self._read_on, shard)

    def read_bytes(self, shard: str) -> int:
        """A KiB a record."""
        checkpoint = self.progress(shard)
        return (
            0
            if checkpoint is None or not checkpoint.sequence_number.isdecimal()
            else int(checkpoint.sequence_number) << 10
        )

    def progress(self, shard: str) -> Checkpoint | None:
        return self.done.get(shard)

    async def give_up(self, shard: str) -> Checkpoint | None:
        self.told.append(("give_up", shard))
        await asyncio.sleep(self.give_up_seconds)
        self.reads.pop(shard, None)
        return self.done.get(shard)

    def lost(self, shard: str) -> None:
        self.reads.pop(shard, None)
        self.told.append(("lost", shard))

    def _read_on(self, shard: str) -> None:
        """Looks for the shard's end now and then, as long as it is read."""
        if shard not in self.reads:
            return
        if shard in self.ends and self.on_end is not None:
            task = asyncio.get_running_loop().create_task(self._end(shard))
            self.ending.add(task)
            task.add_done_callback(self.ending.discard)
        else:
            asyncio.get_running_loop().call_later(0.2, self._read_on, shard)

    async def _end(self, shard: str) -> None:
        assert self.on_end is not None
        await self.on_end(shard, self.ends[shard])
        self.reads.pop(shard, None)

    def settle(self, shard: str, number: int) -> None:
        """All up to ``number`` is done."""
        self.done[shard] = Checkpoint(str(number))


class Worker:
    """One of the fleet. ``kill`` is kill -9: its tasks are gone, and its rows are as they are."""

    def __init__(self, fleet: Fleet, name: str, stream: KinesisStream, members: Callable[[], int]) -> None:
        self.name = name
        self.view = TableView(fleet.table)
        self.reader = Reader(ends=fleet.ends)
        self.leases = Leases(
            stream,
            self.view,
            TableView(MemoryLeaseTable()),
            fleet.shards,
            self.reader,
            fleet.clock,
            limited_log(fleet.clock),
            members=members,
            draw=Random(name).random,  # noqa: S311
            now_utc=lambda: fleet.clock.utc() + fleet.kinesis_ahead_seconds,
            worker_id=f"punctuald-{name}",
        )
        self.reader.on_end = self.leases.ended
        self.is_alive = False

    async def start(self) -> Worker:
        await self.leases.open()
        self.leases.start()
        self.is_alive = True
        return self

    @property
    def id(self) -> str:
        return self.leases.worker_id

    @property
    def held(self) -> frozenset[str]:
        return self.leases.held

    async def come_to_the_end(self, shard: str, children: Collection[str] = ()) -> None:
        """Of a shard that it reads, whose last answer names these children; all of it is settled."""
        await self.leases.ended(shard, sorted(children))
        self.reader.reads.pop(shard)

    async def kill(self) -> None:
        """Nothing of it runs any more: its table answers nobody, and it reads nothing."""
        self.is_alive = False
        self.view.hangs = True
        self.reader.reads.clear()
        watches = (self.leases._table_watch._task, self.leases._shard_watch._task)
        for task in (*watches, *self.leases._held._tasks.values()):
            assert task is not None
            task.cancel()

    async def close(self) -> None:
        self.is_alive = False
        await self.leases.close()


class Fleet:
    """``shards`` are a number to begin with."""

    def __init__(self, clock: ManualClock, shards: int = 4, stream: KinesisStream = STREAM) -> None:
        self.clock = clock
        self.table = MemoryLeaseTable()
        self.shards = Shards(shards)
        self.stream = stream
        self.kinesis_ahead_seconds = 0.0
        self.ends: dict[str, Sequence[str]] = {}
        self.workers: list[Worker] = []

    async def join(self, name: str, members: int = 1) -> Worker:
        worker = Worker(self, name, self.stream, lambda: members)
        self.workers.append(worker)
        return await worker.start()

    def owners(self) -> dict[str, str]:
        return {key: row.get("leaseOwner", "") for key, row in self.table.rows.items()}

    def readers(self, shard: str) -> list[str]:
        return [worker.name for worker in self.workers if shard in worker.reader.reads]


async def until(clock: ManualClock, seconds: float, condition: Callable[[], bool]) -> float:
    """How long it took until ``condition`` held; an assertion fails where that is longer than ``seconds``."""
    began = clock.mono()
    while not condition():
        assert clock.mono() - began < seconds, f"not within {seconds} s"
        await asyncio.sleep(0.05)
    return clock.mono() - began


async def with_all_leases(clock: ManualClock, shards: int = 1, stream: KinesisStream = STREAM) -> tuple[Fleet, Worker]:
    """A fleet whose only worker has the leases of all shards."""
    fleet = Fleet(clock, shards, stream)
    worker = await fleet.join("a")
    await until(clock, 1, lambda: worker.held == fleet.shards.shards.keys())
    return fleet, worker
