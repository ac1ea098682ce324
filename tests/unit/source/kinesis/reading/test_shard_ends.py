"""A shard ends after its last record, and only if it really has."""

from __future__ import annotations

import asyncio

from doubles.kinesis.kinesis_double import KinesisDouble
from doubles.kinesis.sink import CollectingSink, readers
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.policy.leases.checkpoint import TRIM_HORIZON, Checkpoint
from punctuald.source.kinesis.reading.shard_reader import END_OF_OPEN_SHARD

START = Checkpoint(TRIM_HORIZON)


@on_virtual_time
async def test_a_shard_that_ended_is_told_with_its_children_after_its_last_record(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock, "s-0", "s-1", "s-2"), CollectingSink()
    number = api.put()
    api.shards["s-0"].children = ["s-1", "s-2"]
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(5)
    assert (sink.numbers(), sink.ends) == ([number], {"s-0": ["s-1", "s-2"]})
    assert len(api.reads()) == 1, "it reads on behind the end"


@on_virtual_time
async def test_a_server_that_names_no_children_ends_a_shard_all_the_same(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.shards["s-0"].children, api.shards["s-0"].names_children = ["s-1", "s-2"], False
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(1)
    assert sink.ends == {"s-0": []}


@on_virtual_time
async def test_a_shard_that_is_gone_by_retention_has_ended(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock, "s-0", "s-1"), CollectingSink()
    api.shards["s-0"].is_gone = True
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(1)
    assert (sink.ends, sink.errors) == ({"s-0": []}, [])


@on_virtual_time
async def test_an_end_of_a_shard_that_is_listed_as_open_is_an_error_and_no_end(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    number = api.put()
    shard = api.shards["s-0"]
    shard.children, shard.is_listed_open = [], True
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(3)
    assert sink.ends == {}
    assert {error.code for _, error in sink.errors} == {END_OF_OPEN_SHARD}  # type: ignore[attr-defined]
    await asyncio.sleep(60)
    assert len(sink.errors) < 15, "it asks as often as it can"
    shard.is_listed_open = False  # the list was late
    await asyncio.sleep(30)
    assert (sink.ends, sink.numbers()) == ({"s-0": []}, [number])
