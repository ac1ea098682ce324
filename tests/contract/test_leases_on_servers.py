"""Workers that share a stream by a real DynamoDB table, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from doubles.kinesis.lease_fleet import STREAM, Reader, Shards
from doubles.kinesis.memory_lease_table import MemoryLeaseTable, TableView
from doubles.limited_log import limited_log
from punctuald.clock import SystemClock
from punctuald.demo.servers import MINISTACK, ROTO, TEST_CREDENTIALS, EmbeddedServer, Kind
from punctuald.source.kinesis.leases.dynamo.client import make_client
from punctuald.source.kinesis.leases.dynamo.shared_client import SharedClient
from punctuald.source.kinesis.leases.dynamo.table import DynamoLeaseTable
from punctuald.source.kinesis.leases.leases import Leases
from punctuald.source.kinesis.stream import KinesisStream

SERVERS: dict[str, Kind] = {"ministack": MINISTACK, "roto": ROTO}
CLOCK = SystemClock()
FAILOVER = 2.0
UNDER_TEST_SECONDS = 5.0
"""On two cores that others use as well."""


@pytest.fixture(params=SERVERS)
def stream(request: pytest.FixtureRequest) -> Iterator[KinesisStream]:
    with EmbeddedServer(SERVERS[request.param]) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in TEST_CREDENTIALS.items():
            patch.setenv(name, value)
        yield replace(
            STREAM, dynamodb_endpoint_url=server.endpoint_url, failover_seconds=FAILOVER, revoke_timeout_seconds=0.5
        )


class Worker:
    """Leases with a client, a reader and a table of its own."""

    def __init__(self, stream: KinesisStream, shards: Shards) -> None:
        self.reader = Reader(give_up_seconds=0.05)
        table = DynamoLeaseTable(SharedClient(partial(make_client, stream)), stream.application)
        self.leases = Leases(
            stream, table, TableView(MemoryLeaseTable()), shards, self.reader, CLOCK, limited_log(CLOCK)
        )

    async def start(self) -> Worker:
        await self.leases.open()
        self.leases.start()
        return self

    async def die(self) -> None:
        """As by kill -9, as far as the table sees."""
        watches = (self.leases._table_watch._task, self.leases._shard_watch._task, self.leases._metrics._task)
        tasks = [task for task in (*watches, *self.leases._held._tasks.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def seconds_until_they_have(counts: list[int], *workers: Worker) -> float:
    began = CLOCK.mono()
    while [len(worker.leases.held) for worker in workers] != counts:
        assert CLOCK.mono() - began < FAILOVER + 2 + UNDER_TEST_SECONDS
        await asyncio.sleep(0.02)
    return CLOCK.mono() - began


def test_shards_are_shared_handed_over_and_taken_from_the_dead(stream: KinesisStream) -> None:
    async def story() -> None:
        shards = Shards(4)
        first = await Worker(stream, shards).start()
        await seconds_until_they_have([4], first)
        second = await Worker(stream, shards).start()
        await seconds_until_they_have([2, 2], first, second)
        await asyncio.sleep(FAILOVER)
        assert [len(worker.leases.held) for worker in (first, second)] == [2, 2]
        for shard in second.reader.reads:
            second.reader.settle(shard, 7)
        await second.leases.close()
        assert await seconds_until_they_have([4], first) < FAILOVER
        assert sorted(start.sequence_number for start, _ in first.reader.reads.values())[:2] == ["7", "7"]
        third = await Worker(stream, shards).start()
        await seconds_until_they_have([2, 2], first, third)
        await first.die()
        assert await seconds_until_they_have([4], third) > FAILOVER / 2
        await third.leases.close()

    asyncio.run(story())
