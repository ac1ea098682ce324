"""User records that were packed into a record of another shard: all are delivered, and their number is said."""

from __future__ import annotations

import asyncio

from captured_logs import capture_logs
from doubles.kinesis.kinesis_double import HASH_KEYS, THROTTLED, KinesisDouble, refused
from doubles.kinesis.packed import packed
from doubles.kinesis.sink import CollectingSink, readers
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.policy.leases.checkpoint import TRIM_HORIZON, Checkpoint
from punctuald.source.kinesis.reading.aggregation import UserRecord
from punctuald.source.kinesis.reading.placement import count_misplaced, hash_key_of

LOWER = range(HASH_KEYS // 2)
HIGH_KEY, LOW_KEY = str(HASH_KEYS - 1), "0"


def test_a_hash_key_is_the_md5_of_the_partition_key_unless_it_is_given() -> None:
    assert hash_key_of(UserRecord("a", b"", None)) == 0x0CC175B9C0F1B6A831C399E269772661
    assert hash_key_of(UserRecord("a", b"", HIGH_KEY)) == HASH_KEYS - 1


def test_a_key_that_is_given_counts_and_not_the_partition_key() -> None:
    parts = [UserRecord("a", b"", None), UserRecord("a", b"", HIGH_KEY), UserRecord("a", b"", LOW_KEY)]
    assert count_misplaced(parts, LOWER) == 1


@on_virtual_time
async def test_misplaced_ones_are_delivered_and_said(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.shards["s-0"].hash_keys = LOWER
    api.put(packed([("a", b"1", LOW_KEY), ("a", b"2", HIGH_KEY), ("b", b"3", HIGH_KEY)]))
    with capture_logs() as lines:
        readers(api, sink, clock).begin("s-0", 1, Checkpoint(TRIM_HORIZON))
        await asyncio.sleep(1)
    assert [record.body for record in sink.records] == ["1", "2", "3"]
    [line] = [line for line in lines if line["event"] == "kinesis.records_misplaced"]
    assert (line["shard"], line["records"], line["of"]) == ("s-0", 2, 3)


@on_virtual_time
async def test_a_stream_without_packed_records_is_not_asked_for_its_shards(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.put()
    readers(api, sink, clock).begin("s-0", 1, Checkpoint(TRIM_HORIZON))
    await asyncio.sleep(5)
    assert "ListShards" not in {call.operation for call in api.calls}


@on_virtual_time
async def test_that_the_shards_can_not_be_listed_holds_up_no_record(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.list_faults = [refused(THROTTLED, "ListShards")]
    for _ in range(2):
        api.put(packed([("a", b"1", HIGH_KEY)]))
        await asyncio.sleep(0)
    api.shards["s-0"].hash_keys = LOWER
    with capture_logs() as lines:
        sink.most = 1
        readers(api, sink, clock).begin("s-0", 1, Checkpoint(TRIM_HORIZON))
        await asyncio.sleep(5)
    assert (len(sink.records), sink.errors) == (2, [])
    assert [line["event"] for line in lines if line["event"].startswith("kinesis")] == [
        "kinesis.hash_keys_unknown",
        "kinesis.records_misplaced",
    ]
