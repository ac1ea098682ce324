"""The canned stream is a fair opponent: real clients understand it, and it says of a checkpoint what was done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.kinesis.canned.records import SHARDS, STREAM, records_up_to
from benchmarks.kinesis.canned.serve import canned_stream
from peers.kinesis.clients import client

ANY_CORE = min(os.sched_getaffinity(0))
SHARD = SHARDS[1]


@pytest.fixture(scope="module")
def kinesis() -> Iterator[Any]:
    with canned_stream(ANY_CORE) as url:
        yield client("kinesis", url)


def iterator(kinesis: Any, **begin: str) -> str:
    begin = {"ShardIteratorType": "TRIM_HORIZON", **begin}
    return str(kinesis.get_shard_iterator(StreamName=STREAM, ShardId=SHARD, **begin)["ShardIterator"])


def test_records_come_in_order_and_each_once(kinesis: Any) -> None:
    first = kinesis.get_records(ShardIterator=iterator(kinesis), Limit=3_000)
    second = kinesis.get_records(ShardIterator=first["NextShardIterator"], Limit=7)
    numbers = [int(record["SequenceNumber"]) for record in first["Records"] + second["Records"]]
    assert numbers == list(range(numbers[0], numbers[0] + 3_007))


def test_a_record_is_json_and_its_key_belongs_to_its_shard_alone(kinesis: Any) -> None:
    [record] = kinesis.get_records(ShardIterator=iterator(kinesis), Limit=1)["Records"]
    body = json.loads(record["Data"])
    assert body["key"] == record["PartitionKey"] == f"key-{SHARD[-1]}-0"
    assert body["number"] == 0


@pytest.mark.parametrize(("kind", "expected"), [("AT_SEQUENCE_NUMBER", 4), ("AFTER_SEQUENCE_NUMBER", 5)])
def test_reading_goes_on_from_a_checkpoint(kinesis: Any, kind: str, expected: int) -> None:
    records = kinesis.get_records(ShardIterator=iterator(kinesis), Limit=6)["Records"]
    again = iterator(kinesis, ShardIteratorType=kind, StartingSequenceNumber=records[4]["SequenceNumber"])
    [record] = kinesis.get_records(ShardIterator=again, Limit=1)["Records"]
    assert record["SequenceNumber"] == records[expected]["SequenceNumber"]


def test_a_checkpoint_says_how_many_records_are_done(kinesis: Any) -> None:
    records = kinesis.get_records(ShardIterator=iterator(kinesis), Limit=6)["Records"]
    assert records_up_to(["TRIM_HORIZON"]) == 0
    assert records_up_to(["TRIM_HORIZON", records[0]["SequenceNumber"], records[5]["SequenceNumber"]]) == 7


def test_shards_cover_all_hash_keys_and_are_open(kinesis: Any) -> None:
    shards = kinesis.list_shards(StreamName=STREAM)["Shards"]
    assert [shard["ShardId"] for shard in shards] == list(SHARDS)
    assert shards[0]["HashKeyRange"]["StartingHashKey"] == "0"
    assert int(shards[-1]["HashKeyRange"]["EndingHashKey"]) == 2**128 - 1
    assert all("EndingSequenceNumber" not in shard["SequenceNumberRange"] for shard in shards)
