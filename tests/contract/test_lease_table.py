"""The lease table's port: the same conditions in memory, where all else is tested, and on two DynamoDB servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest

from doubles.kinesis.memory_lease_table import MemoryLeaseTable, TableView
from punctuald.demo.servers import MINISTACK, ROTO, TEST_CREDENTIALS, EmbeddedServer, Kind
from punctuald.errors import SourceMissing
from punctuald.policy.leases import changes
from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.checkpoint import LATEST, Checkpoint
from punctuald.policy.leases.lease import Lease, lease_in
from punctuald.policy.leases.shard import Shard
from punctuald.source.kinesis.leases.dynamo.client import make_client
from punctuald.source.kinesis.leases.dynamo.shared_client import SharedClient
from punctuald.source.kinesis.leases.dynamo.table import DynamoLeaseTable
from punctuald.source.kinesis.leases.lease_table import LeaseTable
from punctuald.source.kinesis.stream import KinesisStream

SERVERS: dict[str, Kind] = {"ministack": MINISTACK, "roto": ROTO}
SHARD = Shard("shardId-000000000002", ("shardId-000000000000", "shardId-000000000001"), "0", "99", "4")
NUMBER = "49680000000000000000000000000000000000000000000000000002"
NAMES = count()

Test = Callable[[LeaseTable], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module", params=["memory", *SERVERS])
def make_table(request: pytest.FixtureRequest) -> Iterator[Callable[[], LeaseTable]]:
    """Makes one that is not there yet, where that can be; of a server that serves all tests of this file."""
    if request.param == "memory":
        yield lambda: TableView(MemoryLeaseTable())
        return
    with EmbeddedServer(SERVERS[request.param]) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in TEST_CREDENTIALS.items():
            patch.setenv(name, value)
        stream = KinesisStream("orders", "orders", "billing", dynamodb_endpoint_url=server.endpoint_url)
        client = SharedClient(partial(make_client, stream))
        client.hold()
        yield lambda: DynamoLeaseTable(client, f"billing-{next(NAMES)}")
        client.release()


@pytest.fixture
def on_table(make_table: Callable[[], LeaseTable]) -> Callable[[Test], None]:
    """Runs a coroutine on a table that is there, and empty."""

    async def run(test: Test) -> None:
        table = make_table()
        await table.create_table()
        await test(table)
        await table.close()

    return lambda test: asyncio.run(run(test))


async def a_lease(table: LeaseTable) -> Lease:
    """One that is nobody's."""
    await table.create(changes.new_row(SHARD, Checkpoint(LATEST), 1_700_000_000.25, "arn 1.000"))
    return await seen(table)


async def seen(table: LeaseTable) -> Lease:
    row = await table.get(SHARD.shard_id)
    lease = lease_in(row) if row is not None else None
    assert lease is not None
    return lease


async def written(table: LeaseTable, change: Change) -> Lease | None:
    row = await table.update(SHARD.shard_id, change)
    return lease_in(row) if row is not None else None


def test_a_row_comes_back_as_it_was_written(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        lease = await a_lease(table)
        assert lease == Lease(
            SHARD.shard_id,
            0,
            checkpoint=Checkpoint(LATEST),
            parents=frozenset(SHARD.parents),
            since_utc=1_700_000_000.25,
            stream="arn 1.000",
        )
        assert [lease_in(row) for row in await table.scan()] == [lease]

    on_table(test)


def test_a_row_that_is_there_is_not_made_again(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        lease = await a_lease(table)
        assert await table.create(changes.new_row(SHARD, Checkpoint("1"), None, "")) is False
        assert await seen(table) == lease

    on_table(test)


def test_no_write_makes_a_row_of_nothing(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        lease = Lease(SHARD.shard_id)
        for change in (
            changes.taken(lease, "me", "arn", 0),
            changes.renewed(lease, "me", Checkpoint(NUMBER)),
            changes.asked_for(lease, "me"),
            Change({}, {"leaseCounter": 1}),
        ):
            assert await written(table, change) is None
        assert await table.delete(SHARD.shard_id, {}) is False
        assert await table.get(SHARD.shard_id) is None

    on_table(test)


def test_of_two_that_take_the_same_lease_one_has_it(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        lease = await a_lease(table)
        both = await asyncio.gather(*(written(table, changes.taken(lease, name, "arn", 0)) for name in "ab"))
        (winner,) = (each for each in both if each is not None)
        assert (winner.owner in "ab", winner.counter) == (True, 1)

    on_table(test)


def test_a_lease_is_renewed_freed_and_ended_by_its_owner_alone(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        lease = await written(table, changes.taken(await a_lease(table), "me", "arn", 0))
        assert lease is not None
        assert await written(table, changes.renewed(lease, "other", None)) is None
        done = Checkpoint(NUMBER, 4)
        lease = await written(table, changes.renewed(lease, "me", done))
        assert lease is not None
        assert (lease.counter, lease.checkpoint, lease.owner_switches) == (2, done, 0)
        assert await written(table, changes.freed(lease, "other", None)) is None
        assert await written(table, changes.ended(lease, "me", ["shardId-000000000009"]))
        ended = await seen(table)
        assert (ended.owner, ended.is_ended, [*ended.children]) == ("", True, ["shardId-000000000009"])

    on_table(test)


def test_a_lease_is_handed_over_in_the_words_of_kcl_3(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        held = await written(table, changes.taken(await a_lease(table), "old", "arn", 0))
        assert held is not None
        asked = await written(table, changes.asked_for(held, "new"))
        assert asked is not None
        assert (asked.owner, asked.checkpoint_owner, asked.counter) == ("new", "old", held.counter)
        assert await written(table, changes.asked_for(held, "third")) is None
        assert await written(table, changes.renewed(held, "old", None)) is None, "not by the counter alone"
        still = await written(table, changes.renewed(asked, "old", None))
        assert still is not None
        left = await written(table, changes.handed_over(still, "old", Checkpoint(NUMBER)))
        assert left is not None
        assert (left.owner, left.checkpoint_owner, left.checkpoint) == ("new", "", Checkpoint(NUMBER))

    on_table(test)


def test_attributes_that_we_do_not_know_stay(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        row = {**changes.new_row(SHARD, Checkpoint(LATEST), None, ""), "throughputKBps": 0.036, "map": {"M": {}}}
        await table.create(row)
        lease = await seen(table)
        after = await table.update(SHARD.shard_id, changes.taken(lease, "me", "arn", 5.5))
        assert after is not None
        assert (after["throughputKBps"], after["map"]) == (0.036, {"M": {}})
        assert after["punctualdSinceUtc"] == 5.5

    on_table(test)


def test_a_row_is_deleted_as_it_was_seen(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        lease = await a_lease(table)
        await written(table, changes.taken(lease, "me", "arn", 0))
        assert await table.delete(SHARD.shard_id, changes.deletable(lease)) is False
        assert await table.delete(SHARD.shard_id, changes.deletable(await seen(table))) is True
        assert await table.get(SHARD.shard_id) is None

    on_table(test)


def test_a_table_of_many_pages_is_read_whole(on_table: Callable[[Test], None]) -> None:
    async def test(table: LeaseTable) -> None:
        filling = "x" * 100_000  # a page has at most 1 MB
        for number in range(15):
            await table.create({"leaseKey": f"row-{number}", "leaseCounter": number, "filling": filling})
        assert sorted(row["leaseCounter"] for row in await table.scan()) == [*range(15)]

    on_table(test)


def test_a_table_is_made_once(make_table: Callable[[], LeaseTable]) -> None:
    table = make_table()

    async def made() -> tuple[bool, bool]:
        with pytest.raises(SourceMissing):
            await table.scan()
        return await table.create_table(), await table.create_table()

    assert asyncio.run(made()) == (True, False)
