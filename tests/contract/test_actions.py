"""The policies of `docs/iam/` allow what the sources call, and nothing else: by all calls of this whole suite."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import boto3
import pytest

from contract.conftest import ACTIONS, KINESIS, SQS, RecordedActions
from doubles.kinesis.lease_fleet import STREAM
from doubles.source.policies import allowed_actions, statements
from doubles.source.recorded_actions import Call, recording
from punctuald.clock import SystemClock
from punctuald.demo.servers import REGION
from punctuald.source.kinesis.leases.dynamo.client import make_client
from punctuald.source.kinesis.leases.dynamo.shared_client import SharedClient
from punctuald.source.kinesis.leases.dynamo.table import DynamoLeaseTable
from punctuald.source.kinesis.leases.workers.worker_metrics import METRICS_SUFFIX, WORKER_KEY, WorkerMetrics

KINDS = pytest.mark.parametrize("kind", [SQS, KINESIS])
ON_SERVERS = "test_leases_on_servers.py"
"""A long test, and no call in it that others do not make."""

BESIDE_KCL = "kinesis-beside-kcl.json"


@KINDS
def test_all_that_is_called_is_allowed(recorded_actions: RecordedActions, kind: str) -> None:
    called = {call.action for call in recorded_actions.of[kind] if not call.resource.endswith(METRICS_SUFFIX)}
    assert called - allowed_actions(f"{kind}.json") == set()


@KINDS
def test_nothing_is_allowed_that_is_never_called(
    request: pytest.FixtureRequest, recorded_actions: RecordedActions, kind: str
) -> None:
    if not is_whole(request.session):
        pytest.skip("only a part of the contract's tests is run, and what the others call is not known")
    called = {call.action for call in recorded_actions.of[kind] if not call.resource.endswith(METRICS_SUFFIX)}
    assert allowed_actions(f"{kind}.json") - called == set()


def is_whole(session: pytest.Session) -> bool:
    """Whether all files of the suite are run, and of each all tests."""
    options, here = session.config.option, Path(__file__).parent
    run = {item.path.name for item in session.items if item.path.parent == here}
    files = {path.name for path in here.glob("test_*.py")}
    named = any("::" in argument for argument in session.config.args)
    return files - run <= {ACTIONS, ON_SERVERS} and not (options.keyword or options.markexpr or named)


def test_beside_workers_of_kcl_their_table_is_read_and_on_wish_written(roto_endpoint: str) -> None:
    with recording() as recorder:
        asyncio.run(announced(roto_endpoint, "kcl_leader"))
        led = recorder.take()
        asyncio.run(announced(roto_endpoint, "even_shares"))
        even = recorder.take()
    reading, leaving = statements(BESIDE_KCL)
    assert actions_on_metrics(even) == set(reading["Action"])
    assert actions_on_metrics(led) == {*reading["Action"], *leaving["Action"]}


def actions_on_metrics(calls: set[Call]) -> set[str]:
    return {call.action for call in calls if call.resource.endswith(METRICS_SUFFIX)}


async def announced(endpoint_url: str, balance: Literal["even_shares", "kcl_leader"]) -> None:
    """A worker comes beside one of KCL 3.1, and goes."""
    name = f"beside-{uuid.uuid4().hex[:8]}"
    stream = replace(STREAM, application=name, balance=balance, dynamodb_endpoint_url=endpoint_url, region=REGION)
    dynamodb = boto3.client("dynamodb", region_name=REGION, endpoint_url=endpoint_url)
    dynamodb.create_table(
        TableName=f"{name}{METRICS_SUFFIX}",
        AttributeDefinitions=[{"AttributeName": WORKER_KEY, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": WORKER_KEY, "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.close()
    client = SharedClient(partial(make_client, stream))
    leases = DynamoLeaseTable(client, name)
    metrics = WorkerMetrics(
        stream, "me", leases, DynamoLeaseTable(client, f"{name}{METRICS_SUFFIX}", WORKER_KEY), SystemClock()
    )
    await metrics._turn()
    await metrics.close()
    await leases.close()
