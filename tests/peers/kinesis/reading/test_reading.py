"""Our readers on real servers: what was put arrives, once, in order, and where it stands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import pytest
import uvloop

from doubles.kinesis.packed import packed
from doubles.kinesis.sink import STREAM, CollectingSink, readers
from peers.kinesis.reading.fault_proxy import Fate, FaultProxy
from peers.kinesis.servers import Servers
from peers.kinesis.stream import TestStream
from punctuald.clock import SystemClock
from punctuald.demo.servers import REGION, TEST_CREDENTIALS
from punctuald.policy.leases.checkpoint import AT_TIMESTAMP, TRIM_HORIZON, Checkpoint
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.credentials.session_credentials import SessionCredentials
from punctuald.source.kinesis.api.api import KinesisApi
from punctuald.source.kinesis.api.boto import BotoKinesisApi
from punctuald.source.kinesis.api.client import make_client, resolve
from punctuald.source.kinesis.api.fast import FastKinesisApi
from punctuald.source.kinesis.reading.shard_readers import ShardReaders

START = Checkpoint(TRIM_HORIZON)
LONGEST_SECONDS = 20.0
Make = Callable[[str], KinesisApi]


@pytest.fixture(params=["resharding", "roto_servers"])
def stream(request: pytest.FixtureRequest) -> TestStream:
    return new_stream(request.getfixturevalue(request.param))


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TEST_CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def new_stream(servers: Servers) -> TestStream:
    return TestStream(servers, f"read-{uuid4().hex[:12]}").create(1)


def put(stream: TestStream, *data: bytes) -> list[str]:
    """The sequence numbers."""
    entries = [{"Data": each, "PartitionKey": "k"} for each in data]
    answer = stream.kinesis.put_records(StreamName=stream.name, Records=entries)
    assert answer["FailedRecordCount"] == 0
    return [record["SequenceNumber"] for record in answer["Records"]]


def fast(url: str) -> KinesisApi:
    endpoint = resolve(REGION, url)
    return FastKinesisApi(endpoint, Connections(endpoint.server), SessionCredentials(), ClockSkew(SystemClock()))


def boto(url: str) -> KinesisApi:
    return BotoKinesisApi(make_client(REGION, url), ClockSkew(SystemClock()))


@asynccontextmanager
async def reading(
    stream: TestStream, sink: CollectingSink, make: Make = fast, url: str = ""
) -> AsyncIterator[ShardReaders]:
    api = make(url or stream.servers.kinesis_url)
    found = readers(api, sink, SystemClock(), replace(STREAM, stream=stream.name))
    try:
        yield found
    finally:
        found.stop_all()
        await api.close()


async def soon(is_so: Callable[[], bool]) -> None:
    give_up_mono = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        assert time.monotonic() < give_up_mono
        await asyncio.sleep(0.02)


def read_from(stream: TestStream, checkpoint: Checkpoint, since_utc: float | None, most: int) -> CollectingSink:
    """What arrives of its one shard, until so many records have."""
    sink = CollectingSink()
    [shard] = stream.open_shards()

    async def body() -> None:
        async with reading(stream, sink) as found:
            found.begin(shard.name, 1, checkpoint, since_utc)
            await soon(lambda: len(sink.records) >= most)

    uvloop.run(body())
    return sink


def bodies(sink: CollectingSink) -> Sequence[str]:
    return [record.body for record in sink.records]


@pytest.mark.parametrize("make", [fast, boto])
def test_records_arrive_in_order_with_key_and_time(roto_servers: Servers, make: Make) -> None:
    stream, sink, before_utc = new_stream(roto_servers), CollectingSink(), time.time()
    [shard] = stream.open_shards()
    put(stream, *(b"%d" % number for number in range(50)))

    async def body() -> None:
        async with reading(stream, sink, make) as found:
            found.begin(shard.name, 1, START)
            await soon(lambda: len(sink.records) >= 50)
            put(stream, b"later")
            await soon(lambda: len(sink.records) >= 51)

    uvloop.run(body())
    assert bodies(sink) == [*(str(number) for number in range(50)), "later"]
    record = sink.records[-1]
    assert (record.group, record.partition) == ("k", shard.name)
    assert before_utc - 1 <= record.sent_utc <= record.received_utc <= time.time()
    assert sink.errors == []


def test_reading_goes_on_in_the_midst_of_a_packed_record(stream: TestStream) -> None:
    parts = [(f"key-{number}", b"u%d" % number, None) for number in range(10)]
    number, _ = put(stream, packed(parts), b"plain")
    sink = read_from(stream, Checkpoint(number, 4), None, 6)
    assert bodies(sink) == ["u5", "u6", "u7", "u8", "u9", "plain"]
    assert [record.sub_sequence_number for record in sink.records] == [5, 6, 7, 8, 9, 0]


def test_reading_goes_on_after_a_plain_record(stream: TestStream) -> None:
    first, *_ = put(stream, b"1", b"2", b"3")
    assert bodies(read_from(stream, Checkpoint(first), None, 2)) == ["2", "3"]


def test_reading_begins_at_a_time(stream: TestStream) -> None:
    put(stream, b"old")
    time.sleep(1.1)  # the servers' times are their own clock's, and may be whole seconds
    since_utc = time.time()
    time.sleep(0.05)
    put(stream, b"new")
    assert bodies(read_from(stream, Checkpoint(AT_TIMESTAMP), since_utc, 1)) == ["new"]


def test_a_split_shard_is_read_to_its_end_and_names_its_children(resharding: Servers) -> None:
    stream, sink = new_stream(resharding), CollectingSink()
    [parent] = stream.open_shards()

    async def body() -> None:
        async with reading(stream, sink) as found:
            found.begin(parent.name, 1, START)
            put(stream, b"before")
            children = await asyncio.to_thread(stream.split, parent.name)
            await soon(lambda: bool(sink.ends))
            assert sink.ends == {parent.name: [child.name for child in children]}

    uvloop.run(body())
    assert (bodies(sink), sink.errors) == (["before"], [])


def test_a_split_shard_ends_where_its_children_are_not_named(roto_servers: Servers) -> None:
    stream, sink = new_stream(roto_servers), CollectingSink()
    [parent] = stream.open_shards()

    async def body() -> None:
        async with reading(stream, sink) as found:
            found.begin(parent.name, 1, START)
            put(stream, b"before")
            await asyncio.to_thread(stream.split, parent.name)
            await soon(lambda: bool(sink.ends))

    uvloop.run(body())
    assert (bodies(sink), sink.ends) == (["before"], {parent.name: []})


def test_a_closed_shard_is_read_from_its_last_checkpoint_to_its_end(resharding: Servers) -> None:
    stream, sink = new_stream(resharding), CollectingSink()
    [parent] = stream.open_shards()
    first, _, last = put(stream, b"1", b"2", b"3")
    stream.split(parent.name)

    async def body(checkpoint: Checkpoint) -> None:
        async with reading(stream, sink) as found:
            found.begin(parent.name, 1, checkpoint)
            await soon(lambda: bool(sink.ends))

    uvloop.run(body(Checkpoint(first)))
    assert bodies(sink) == ["2", "3"]
    sink.ends.clear()
    uvloop.run(body(Checkpoint(last)))
    assert bodies(sink) == ["2", "3"], "what was done already came again"


def test_whatever_the_network_does_each_record_arrives_once(roto_servers: Servers) -> None:
    stream, sink = new_stream(roto_servers), CollectingSink(most=7)
    [shard] = stream.open_shards()
    put(stream, *(b"%d" % number for number in range(60)))

    async def body(url: str) -> None:
        async with reading(stream, sink, url=url) as found:
            found.begin(shard.name, 1, START)
            await soon(lambda: len(sink.records) >= 60)

    with FaultProxy(roto_servers.kinesis_url) as proxy:
        uvloop.run(body(proxy.url))
    assert bodies(sink) == [str(number) for number in range(60)]
    assert set(proxy.met) == set(Fate)
