"""From `[[stream]]` to what its source is made of, and what a worker's streams share."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.limited_log import limited_log
from punctuald.app.daemon import layout_of
from punctuald.app.outline import Outline, place_of
from punctuald.app.sources import kinesis_apis as apis_module
from punctuald.app.sources.aws_access import AwsAccess
from punctuald.app.sources.extras import KINESIS, need_extra
from punctuald.app.sources.kinesis_apis import find_stream_endpoints
from punctuald.app.sources.sources import Sources
from punctuald.app.sources.sqs_apis import SqsApis, find_endpoints
from punctuald.app.sources.stream_parts import StreamParts
from punctuald.app.sources.streams import kinesis_stream
from punctuald.clock import ManualClock
from punctuald.config import Settings
from punctuald.errors import ConfigurationError, SourceMisconfigured
from punctuald.model import Message, StreamLag
from punctuald.policy.leases.changes import Change
from punctuald.ports import NO_DEAD_LETTER_QUEUE
from punctuald.source.kinesis.api.boto import BotoKinesisApi
from punctuald.source.kinesis.api.fast import FastKinesisApi
from punctuald.source.kinesis.stream import KinesisStream
from punctuald.stats.board.board import Board

pytestmark = pytest.mark.usefixtures("a_proxy_is_set")

LOCAL = {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:9"}
BEHIND_PROXY = {"region": "us-east-1", "endpoint_url": "http://kinesis.example"}
NOWHERE = {"region": "", "endpoint_url": ""}


def settings(*streams: dict[str, Any], **others: Any) -> Settings:
    named = [{"name": f"s{number}", "handler": "shop:handle", **stream} for number, stream in enumerate(streams)]
    return Settings.model_validate({"stream": named, **others})


class Scene:
    """One worker's parts for these streams."""

    def __init__(self, of: Settings) -> None:
        self.settings = of
        self.board = Board(layout_of(of))
        streams = {each.name: kinesis_stream(each) for each in of.streams}
        self.outline = Outline(
            of,
            Path("config.toml"),
            self.board,
            (self.board,),
            {},
            ManualClock(),
            find_endpoints(of),
            {},
            streams,
            find_stream_endpoints(of),
        )
        access = AwsAccess(self.outline.clock)
        self.access = access
        self.parts = StreamParts(self.outline, self.board.writer(0), access, SqsApis(access, self.outline.endpoints))


def test_every_setting_reaches_the_source() -> None:
    [given] = settings(
        {
            "stream": "plant.clicks",
            "application": "counting",
            "region": "eu-west-1",
            "endpoint_url": "http://127.0.0.1:1",
            "dynamodb_endpoint_url": "http://127.0.0.1:2",
            "start": "2026-11-27T08:00:00Z",
            "failover_seconds": 20,
            "balance": "kcl_leader",
            "revoke_timeout_seconds": 7,
            "checkpoint_interval_seconds": 3,
            "poll_interval_seconds": 0.5,
            "idle_poll_interval_seconds": 2,
        }
    ).streams
    assert kinesis_stream(given) == KinesisStream(
        name="s0",
        stream="plant.clicks",
        application="counting",
        region="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        dynamodb_endpoint_url="http://127.0.0.1:2",
        start=1795766400.0,
        failover_seconds=20,
        balance="kcl_leader",
        revoke_timeout_seconds=7,
        checkpoint_interval_seconds=3,
        poll_interval_seconds=0.5,
        idle_poll_interval_seconds=2,
    )


def test_what_is_left_out_is_what_the_source_takes_for_it() -> None:
    assert kinesis_stream(settings({}).streams[0]) == KinesisStream("s0", "s0", "punctuald-s0")


def test_without_the_extra_it_is_one_line_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "punctuald.source.kinesis.source", None)
    with pytest.raises(ConfigurationError, match=r"config.toml: stream\[0\] \(s0\): needs the extra `kinesis`: pip"):
        need_extra(KINESIS, settings({}).streams, Path("config.toml"))
    need_extra(KINESIS, (), Path("config.toml"))


def test_a_source_is_named_by_its_place_in_the_file_also_behind_queues_and_topics() -> None:
    of = settings(
        {},
        {},
        queue=[{"name": "q", "handler": "shop:handle"}],
        topic=[{"name": "t", "handler": "shop:handle", "brokers": "a:1"}],
    )
    places = [place_of(Path("config.toml"), of, number).partition(": ")[2] for number in range(4)]
    assert places == ["queue[0] (q)", "topic[0] (t)", "stream[0] (s0)", "stream[1] (s1)"]


def test_our_own_connections_carry_the_calls_where_they_can_and_streams_of_one_place_share_them() -> None:
    async def live() -> None:
        scene = Scene(settings(LOCAL, LOCAL, BEHIND_PROXY))
        with capture_logs() as logged:
            first, second, proxied = (scene.parts.api(each) for each in scene.settings.streams)
        assert [(line["queue"], line["transport"], line["reason"]) for line in logged] == [
            ("s0", "fast", "nothing here needs boto3"),
            ("s1", "fast", "nothing here needs boto3"),
            ("s2", "boto3", "an HTTP proxy is set"),
        ]
        assert isinstance(first, FastKinesisApi)
        assert isinstance(second, FastKinesisApi)
        assert isinstance(proxied, BotoKinesisApi)
        for api in (first, second, proxied):
            await api.close()

    asyncio.run(live())


def test_an_endpoint_that_the_supervisor_found_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for: list[tuple[str, ...]] = []

    async def live() -> None:
        scene = Scene(settings(LOCAL))
        monkeypatch.setattr(apis_module, "resolve", lambda *key: looked_for.append(key))
        await scene.parts.api(scene.settings.streams[0]).close()

    asyncio.run(live())
    assert looked_for == []


def test_a_stream_without_an_address_says_so_with_each_call_and_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def live() -> None:
        scene = Scene(settings(NOWHERE, LOCAL))
        found = scene.outline.stream_endpoints["us-east-1", "http://127.0.0.1:9"]
        nowhere = scene.parts.api(scene.settings.streams[0])
        with pytest.raises(SourceMisconfigured, match="no region is set"):
            await nowhere.call("ListShards", {})
        await nowhere.close()
        monkeypatch.setattr(apis_module, "resolve", lambda *_: found)
        with pytest.raises(Exception, match="Could not connect"):  # botocore's, as any call's
            await nowhere.call("ListShards", {})
        assert nowhere.region == "us-east-1"
        await nowhere.close()

    asyncio.run(live())


def test_a_lease_table_without_an_address_says_so_with_each_call_and_stops_nobody() -> None:
    async def live() -> None:
        scene = Scene(settings(NOWHERE))
        table, metrics = scene.parts.tables(scene.settings.streams[0])
        for call in (table.create_table, table.scan, metrics.scan):
            with pytest.raises(SourceMisconfigured, match="no region is set"):
                await call()
        await metrics.close()
        await table.close()

    asyncio.run(live())


def test_both_tables_of_an_application_share_one_client_until_the_last_is_closed(roto_endpoint: str) -> None:
    async def live() -> None:
        name = f"tables-{uuid.uuid4().hex[:8]}"
        scene = Scene(settings({"name": name, "region": "us-east-1", "dynamodb_endpoint_url": roto_endpoint}))
        table, metrics = scene.parts.tables(scene.settings.streams[0])
        assert await table.create_table()
        assert await metrics.create_table()
        await metrics.close()
        row = {"leaseKey": "shardId-000000000000", "leaseCounter": 1}
        assert await table.create(row)
        assert await table.get("shardId-000000000000") == row
        assert await table.update("shardId-000000000000", Change({"leaseCounter": 1}, {"leaseCounter": 2}))
        assert await table.delete("shardId-000000000000", {"leaseCounter": 2})
        assert list(await table.scan()) == []
        await table.close()

    asyncio.run(live())


def test_a_worker_makes_its_streams_from_what_the_supervisor_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is called before the first receive: an address that is none stops no worker."""

    async def live() -> None:
        scene = Scene(settings(LOCAL, NOWHERE))
        made = Sources(scene.outline, scene.board.writer(0), limited_log())
        sources = [made.of(number) for number in range(2)]
        assert [(source.name, source.ordered) for source in sources] == [("s0", True), ("s1", True)]
        for source in sources:
            await source.close()

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    asyncio.run(live())


RECORD = Message("s0/shardId-000000000000/1", "s0", "body", "1:0", 0.0, 0.0, partition="shardId-000000000000")


def test_a_stream_without_a_dead_letter_queue_has_none_whatever_its_endpoints() -> None:
    async def live() -> None:
        scene = Scene(settings(LOCAL))
        [failure] = await scene.parts.dead_letters(0, scene.settings.streams[0]).copy(RECORD, "why")
        assert failure.code == NO_DEAD_LETTER_QUEUE

    asyncio.run(live())


def test_the_dead_letter_queue_is_found_before_the_fork_at_its_own_endpoint() -> None:
    of = settings({**LOCAL, "dead_letter_queue": "dead", "dead_letter_endpoint_url": "http://127.0.0.1:10"})
    assert list(find_endpoints(of)) == [("us-east-1", "http://127.0.0.1:10")]
    assert list(find_stream_endpoints(of)) == [("us-east-1", "http://127.0.0.1:9")]


def test_what_a_source_knows_of_its_lag_stands_on_the_board_under_its_number() -> None:
    scene = Scene(settings(LOCAL, LOCAL))
    lag = StreamLag(records=7, behind_seconds=1.5, held=2, leases=4)
    scene.parts.say_lag(1)(lag)
    row = scene.board.reader(0)
    assert (row.stream_lag(0), row.stream_lag(1)) == (None, (scene.outline.clock.mono(), lag))
