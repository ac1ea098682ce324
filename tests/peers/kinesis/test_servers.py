"""The servers that other tests stand on do what these think they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import psutil
import pytest

from peers.kinesis.clients import client
from peers.kinesis.servers import Servers
from peers.kinesis.stream import HASH_KEYS, TestStream
from punctuald.demo.servers import LOOPBACK


@pytest.fixture(params=["resharding", "roto_servers"])
def either(request: pytest.FixtureRequest) -> Servers:
    found: Servers = request.getfixturevalue(request.param)
    return found


def numbers(stream: TestStream, shard: str) -> list[int]:
    """All that are in it."""
    kinesis = stream.kinesis
    position = kinesis.get_shard_iterator(StreamName=stream.name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    answer = kinesis.get_records(ShardIterator=position["ShardIterator"])
    return [int(record["Data"]) for record in answer["Records"]]


def put(stream: TestStream, shard_hash_keys: Sequence[int], data: bytes) -> None:
    for hash_key in shard_hash_keys:
        stream.kinesis.put_record(StreamName=stream.name, Data=data, PartitionKey="any", ExplicitHashKey=str(hash_key))


def test_shards_share_all_hash_keys_and_records_are_where_theirs_are(either: Servers) -> None:
    stream = TestStream(either, "servers-put").create(4)
    shards = stream.open_shards()
    assert (shards[0].first_hash_key, shards[-1].last_hash_key) == (0, HASH_KEYS - 1)
    assert all(one.last_hash_key + 1 == other.first_hash_key for one, other in pairwise(shards))
    for number, shard in enumerate(shards):
        put(stream, [shard.first_hash_key, shard.last_hash_key], b"%d" % number)
    assert [numbers(stream, shard.name) for shard in shards] == [[0, 0], [1, 1], [2, 2], [3, 3]]


def test_a_split_parent_ends_and_names_its_children_and_a_merge_has_two_parents(resharding: Servers) -> None:
    stream = TestStream(resharding, "servers-split").create(1)
    [parent] = stream.open_shards()
    put(stream, [0], b"1")
    left, right = stream.split(parent.name)
    assert list(ends(stream, parent.name)) == [(1, {left.name, right.name})]
    put(stream, [left.first_hash_key], b"2")
    put(stream, [right.first_hash_key], b"3")
    child = stream.merge(left.name, right.name)
    assert set(child.parents) == {left.name, right.name}
    assert list(ends(stream, left.name)) == [(1, {child.name})]
    assert numbers(stream, right.name) == [3]
    assert [shard.name for shard in stream.open_shards()] == [child.name]


def ends(stream: TestStream, shard: str) -> Iterator[tuple[int, set[str]]]:
    """Read to its end: how many records came, and the children that the last answer names."""
    kinesis, count = stream.kinesis, 0
    position = kinesis.get_shard_iterator(StreamName=stream.name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator = position["ShardIterator"]
    for _ in range(10):
        answer: Any = kinesis.get_records(ShardIterator=iterator)
        count += len(answer["Records"])
        if "NextShardIterator" not in answer:
            yield count, {child["ShardId"] for child in answer.get("ChildShards", [])}
            return
        iterator = answer["NextShardIterator"]


def test_a_row_is_made_once_and_changed_only_as_long_as_it_is_what_was_read(either: Servers) -> None:
    rows = client("dynamodb", either.dynamodb_url)
    rows.create_table(
        TableName="servers-rows",
        KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    row = {"leaseKey": {"S": "shard"}, "leaseCounter": {"N": "1"}}
    absent = {"TableName": "servers-rows", "Item": row, "ConditionExpression": "attribute_not_exists(leaseKey)"}
    rows.put_item(**absent)
    raised = {
        "TableName": "servers-rows",
        "Key": {"leaseKey": {"S": "shard"}},
        "UpdateExpression": "SET leaseCounter = :new",
        "ConditionExpression": "leaseCounter = :old",
        "ExpressionAttributeValues": {":new": {"N": "2"}, ":old": {"N": "1"}},
        "ReturnValues": "ALL_NEW",
    }
    assert rows.update_item(**raised)["Attributes"]["leaseCounter"] == {"N": "2"}
    for repeated, call in ((absent, rows.put_item), (raised, rows.update_item)):
        with pytest.raises(rows.exceptions.ConditionalCheckFailedException):
            call(**repeated)


def test_nobody_else_can_reach_them(either: Servers) -> None:
    ports = {int(url.rpartition(":")[2]) for url in (either.kinesis_url, either.dynamodb_url, either.sqs_url)}
    listening = [
        each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN and each.laddr.port in ports
    ]
    assert {each.laddr.port for each in listening} == ports
    owners = {psutil.Process(each.pid) for each in listening if each.pid is not None}
    addresses = {
        each.laddr.ip for owner in owners for each in owner.net_connections() if each.status == psutil.CONN_LISTEN
    }
    assert addresses == {LOOPBACK}
