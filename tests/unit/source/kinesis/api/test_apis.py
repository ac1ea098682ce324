"""Our own connections to Kinesis send what boto3 sends, and both answer alike."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError

from conftest import RunAsync
from doubles.kinesis.apis import BOTH, Opened, boto, fast
from doubles.source.canned_server import CannedServer, Reply, reply
from doubles.source.sqs_apis import KEYS, REGION, Given
from punctuald.clock import ManualClock, SystemClock
from punctuald.errors import SourceMisconfigured
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.kinesis.api.boto import BotoKinesisApi
from punctuald.source.kinesis.api.choice import kinesis_api
from punctuald.source.kinesis.api.client import make_client, resolve
from punctuald.source.kinesis.api.fast import FastKinesisApi

RECORD = {
    "SequenceNumber": "49590338271490256608559692538361571095921575989136588898",
    "Data": "eA==",
    "PartitionKey": "k",
    "ApproximateArrivalTimestamp": 1_700_000_000.25,
}
RECORDS = {"Records": [RECORD], "MillisBehindLatest": 1_500, "NextShardIterator": "next"}
GET_RECORDS = ("GetRecords", {"ShardIterator": "it", "Limit": 100})
LOST = Reply(close=True)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        GET_RECORDS,
        (
            "GetShardIterator",
            {"StreamName": "s", "ShardId": "0", "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1.5e9},
        ),
        ("ListShards", {"StreamName": "s", "ShardFilter": {"Type": "AT_TIMESTAMP", "Timestamp": 1.5e9}}),
        ("DescribeStreamSummary", {"StreamName": "s"}),
        ("PutRecords", {"StreamName": "s", "Records": [{"Data": b"\x00\xff", "PartitionKey": "k"}]}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_request_is_what_boto3_sends(run_async: RunAsync, operation: str, parameters: dict[str, Any]) -> None:
    async def body() -> None:
        async with fast(server) as ours, boto(server) as theirs:
            for api in (ours, theirs):
                await api.call(operation, parameters)

    with CannedServer(reply(), reply()) as server:
        run_async(body())
    ours, theirs = server.requests
    assert ours.json() == theirs.json()
    for name in ("host", "content-type", "x-amz-target", "x-amzn-query-mode", "accept-encoding"):
        assert ours.headers.get(name) == theirs.headers.get(name)
    scope = re.compile(r"^.*?, SignedHeaders=")
    found = [scope.match(request.headers["authorization"]) for request in (ours, theirs)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0][0] == found[1][0], "algorithm, key, day, region and service"


@BOTH
def test_records_come_as_they_were_sent_and_with_the_servers_date(run_async: RunAsync, opened: Opened) -> None:
    async def body() -> dict[str, Any]:
        async with opened(server) as api:
            return await api.call(*GET_RECORDS)

    with CannedServer(reply(RECORDS)) as server:
        answer = run_async(body())
    metadata = answer.pop("ResponseMetadata")
    assert answer == RECORDS
    assert metadata["HTTPHeaders"]["date"].endswith("GMT")


@BOTH
def test_a_refusal_is_a_botocore_clients(run_async: RunAsync, opened: Opened) -> None:
    async def body() -> None:
        async with opened(server) as api:
            await api.call(*GET_RECORDS)

    refusal = {"__type": "ExpiredIteratorException", "message": "Iterator expired."}
    with CannedServer(reply(refusal, "400 Bad Request")) as server, pytest.raises(ClientError) as raised:
        run_async(body())
    assert raised.value.response["Error"] == {"Code": "ExpiredIteratorException", "Message": "Iterator expired."}


@BOTH
def test_a_read_without_an_answer_is_made_again_and_a_put_is_not(run_async: RunAsync, opened: Opened) -> None:
    async def body(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        async with opened(server) as api:
            return await api.call(operation, parameters)

    with CannedServer(LOST, reply(RECORDS)) as server:
        assert run_async(body(*GET_RECORDS))["Records"] == [RECORD]
    put = ("PutRecords", {"StreamName": "s", "Records": [{"Data": b"x", "PartitionKey": "k"}]})
    with CannedServer(LOST, reply()) as server, pytest.raises(ConnectionClosedError):
        run_async(body(*put))
    assert len(server.requests) == 1


@BOTH
def test_what_is_no_json_is_an_error(run_async: RunAsync, opened: Opened) -> None:
    async def body() -> None:
        async with opened(server) as api:
            await api.call(*GET_RECORDS)

    with CannedServer(reply(body=b"<html>")) as server, pytest.raises(BotoCoreError, match="not JSON"):
        run_async(body())


def test_a_machine_whose_clock_is_off_signs_by_the_servers(run_async: RunAsync) -> None:
    async def body() -> dict[str, Any]:
        async with fast(server, ManualClock(utc=1_000_000_000.0)) as api:
            return await api.call(*GET_RECORDS)

    refusal = {"__type": "InvalidSignatureException", "message": "Signature expired"}
    with CannedServer(reply(refusal, "400 Bad Request"), reply(RECORDS)) as server:
        assert run_async(body())["Records"] == [RECORD]
    first, second = (request.headers["x-amz-date"][:4] for request in server.requests)
    assert (first, second > "2020") == ("2001", True)


def test_boto3_carries_the_calls_only_where_something_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def make() -> Any:
        made.append(make_client(REGION, "http://127.0.0.1:1"))
        return made[-1]

    def chosen() -> object:
        endpoint = resolve(REGION, "http://127.0.0.1:1")
        return kinesis_api(endpoint, Connections(endpoint.server), Given(KEYS), ClockSkew(SystemClock()), make)

    assert isinstance(chosen(), FastKinesisApi)
    assert made == []
    monkeypatch.setenv("BOTOCORE_EXPERIMENTAL__PLUGINS", "a=b")
    assert isinstance(chosen(), BotoKinesisApi)


@pytest.mark.parametrize("make", [resolve, make_client])
def test_an_address_that_is_none_is_said(make: Any) -> None:
    with pytest.raises(SourceMisconfigured, match=r"Kinesis \(region eu-west-1, nowhere\)"):
        make(REGION, "nowhere")
