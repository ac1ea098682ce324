"""`punctuald check --connect` on streams: an embedded server's, and what a policy denies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from doubles.source.denying_proxy import DenyingProxy
from punctuald.app.sources.stream_check import StreamCheck, check_streams
from punctuald.config import PoolSettings, Settings, StreamSettings
from punctuald.demo.servers import REGION
from punctuald.source.kinesis.asking.table_questions import USING

DENIED = "AccessDeniedException"
SHARD = "shardId-000000000000"


class Account:
    """A stream of two shards with two records in each, and what else a test puts beside it."""

    def __init__(self, endpoint_url: str) -> None:
        self.url = endpoint_url
        self.name = f"check-{uuid.uuid4().hex[:8]}"
        self.kinesis, self.dynamodb, self.sqs = (self._client(name) for name in ("kinesis", "dynamodb", "sqs"))
        self.kinesis.create_stream(StreamName=self.name, ShardCount=2)
        for number in (0, 1, 2, 3):
            where = {"ExplicitHashKey": str((number % 2) << 127)}
            self.kinesis.put_record(StreamName=self.name, Data=b"x", PartitionKey="k", **where)

    def checked(self, workers: int = 2, **settings: Any) -> StreamCheck:
        endpoints = dict.fromkeys(("endpoint_url", "dynamodb_endpoint_url", "dead_letter_endpoint_url"), self.url)
        given = {"name": self.name, "handler": "shop:handle", "region": REGION, **endpoints, **settings}
        stream = StreamSettings.model_validate(given)
        [check] = check_streams(Settings(streams=(stream,), pool=PoolSettings(max_workers=workers)), Path("c.toml"))
        return check

    def make_table(self, *rows: Mapping[str, Any], key: str = "leaseKey", suffix: str = "") -> None:
        name = f"punctuald-{self.name}{suffix}"
        self.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for row in rows:
            item = {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in row.items()}
            self.dynamodb.put_item(TableName=name, Item=item)

    def first_number(self) -> str:
        place = {"StreamName": self.name, "ShardId": SHARD, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = self.kinesis.get_shard_iterator(**place)["ShardIterator"]
        number: str = self.kinesis.get_records(ShardIterator=iterator)["Records"][0]["SequenceNumber"]
        return number

    def close(self) -> None:
        for client in (self.kinesis, self.dynamodb, self.sqs):
            client.close()

    def _client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.url, region_name=REGION)


@pytest.fixture
def account(roto_endpoint: str) -> Iterator[Account]:
    made = Account(roto_endpoint)
    yield made
    made.close()


def lease(shard: str = SHARD, owner: str = "punctuald-here-1", checkpoint: str = "TRIM_HORIZON") -> dict[str, Any]:
    return {"leaseKey": shard, "leaseCounter": 3, "leaseOwner": owner, "checkpoint": checkpoint}


def test_a_stream_that_is_there_has_no_problem_and_its_table_is_not_made(account: Account) -> None:
    account.sqs.create_queue(QueueName=f"{account.name}-dead")
    for _ in range(2):
        check = account.checked(dead_letter_queue=f"{account.name}-dead")
        assert (check.problems, check.advice) == ((), ())
        assert check.facts is not None
        assert (check.facts.open_shards, check.facts.retention_seconds, check.facts.table) == (2, 86_400, None)


def test_more_workers_than_open_shards_are_a_warning(account: Account) -> None:
    assert account.checked(workers=3).advice[0].startswith("2 open shards for up to 3 workers")


def test_a_stream_that_is_not_there_is_a_problem(account: Account) -> None:
    [problem] = account.checked(stream="nowhere").problems
    assert problem.startswith(f"stream 'nowhere' (region {REGION}, {account.url}")
    assert "it does not exist there" in problem


def test_a_dead_letter_queue_that_is_not_there_is_a_problem(account: Account) -> None:
    [problem] = account.checked(dead_letter_queue="deed").problems
    assert problem.startswith("its dead-letter queue 'deed' does not exist")


def test_an_endpoint_that_nobody_listens_on_is_a_problem_of_its_stream(account: Account) -> None:
    for name in ("endpoint_url", "dynamodb_endpoint_url", "dead_letter_endpoint_url"):
        elsewhere: dict[str, Any] = {name: "http://127.0.0.1:9"}
        [problem] = account.checked(dead_letter_queue="dead", **elsewhere).problems
        assert "127.0.0.1:9" in problem


def test_a_start_that_has_not_come_is_a_problem(account: Account) -> None:
    assert account.checked(start="2999-01-01T00:00:00Z").problems[0].startswith("start is ")


def test_leases_are_counted_with_the_workers_of_kcl_among_their_owners(account: Account) -> None:
    account.make_table(lease(), lease("shardId-000000000001", owner="kcl-1"))
    check = account.checked()
    assert check.problems == ()
    assert check.facts is not None
    assert check.facts.table is not None
    assert (check.facts.table.leases, check.facts.table.kcl_owners, check.facts.table.has_leader) == (2, 1, False)


@pytest.mark.parametrize("in_own_table", [False, True])
def test_workers_of_kcl_3_are_known_by_what_they_write(account: Account, in_own_table: bool) -> None:
    leader = {"leaseKey": "Leader", "entityType": "LEADER", "ownerName": "kcl-1"}
    account.make_table(lease(owner="kcl-1"), *([] if in_own_table else [leader]))
    if in_own_table:
        account.make_table({"wid": "kcl-1", "lut": 1}, key="wid", suffix="-WorkerMetricStats")
    [advice] = account.checked().advice
    assert advice.startswith("workers of KCL 3 share lease table")
    assert account.checked(balance="kcl_leader").advice == ()


def test_a_table_of_something_else_is_a_problem(account: Account) -> None:
    account.make_table(key="id")
    assert "is no lease table: its key is 'id'" in account.checked().problems[0]


def test_a_shard_that_is_done_for_good_by_its_lease_and_open_is_a_problem(account: Account) -> None:
    account.make_table(lease(checkpoint="SHARD_END"))
    [problem] = account.checked().problems
    assert "is about another stream, deleted and made anew perhaps" in problem
    assert SHARD in problem


def test_how_far_behind_the_lease_is_that_is_furthest_is_known(account: Account) -> None:
    account.make_table(lease(checkpoint=account.first_number()))
    check = account.checked()
    assert check.problems == ()
    assert check.facts is not None
    assert check.facts.behind_seconds is not None
    assert 0 <= check.facts.behind_seconds < 600


KINESIS = ("DescribeStreamSummary", "ListShards", "GetShardIterator", "GetRecords")


@pytest.mark.parametrize("operation", KINESIS)
def test_what_is_denied_of_the_stream_is_named(account: Account, operation: str) -> None:
    with DenyingProxy(account.url, {operation: DENIED}) as proxy:
        check = account.checked(endpoint_url=proxy.url)
    [problem] = check.problems
    assert problem.startswith(f"access is denied: allow kinesis:{operation} on stream {account.name!r}")
    assert check.advice == ()


@pytest.mark.parametrize("operation", ["DescribeTable", "Scan", *[name for name, _ in USING]])
def test_what_is_denied_of_the_lease_table_is_named_and_nothing_is_written(account: Account, operation: str) -> None:
    account.make_table(lease())
    with DenyingProxy(account.url, {operation: DENIED}) as proxy:
        check = account.checked(dynamodb_endpoint_url=proxy.url)
    [problem] = check.problems
    assert problem.startswith(f"access is denied: allow dynamodb:{operation} on table 'punctuald-{account.name}'")
    assert account.dynamodb.scan(TableName=f"punctuald-{account.name}")["Count"] == 1


def test_that_a_table_may_not_be_made_is_a_problem_only_where_there_is_none(account: Account) -> None:
    with DenyingProxy(account.url, {"CreateTable": DENIED}) as proxy:
        [problem] = account.checked(dynamodb_endpoint_url=proxy.url).problems
        assert problem.startswith("access is denied: allow dynamodb:CreateTable on table")
        account.make_table(lease())
        assert account.checked(dynamodb_endpoint_url=proxy.url).problems == ()


@pytest.mark.parametrize(("operation", "action"), [("GetQueueUrl", "GetQueueUrl"), ("SendMessageBatch", "SendMessage")])
def test_what_is_denied_of_the_dead_letter_queue_is_named(account: Account, operation: str, action: str) -> None:
    account.sqs.create_queue(QueueName=f"{account.name}-dead")
    with DenyingProxy(account.url, {operation: DENIED}) as proxy:
        check = account.checked(dead_letter_queue=f"{account.name}-dead", dead_letter_endpoint_url=proxy.url)
    [problem] = check.problems
    assert problem.startswith(f"access is denied: allow sqs:{action} on queue '{account.name}-dead'")


def test_a_shard_that_others_read_just_now_is_no_problem(account: Account) -> None:
    with DenyingProxy(account.url, {"GetRecords": "ProvisionedThroughputExceededException"}) as proxy:
        check = account.checked(endpoint_url=proxy.url)
    assert check.problems == ()
    assert "GetRecords" in proxy.asked
