"""What carries each queue's calls is what its transport says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.limited_log import limited_log
from punctuald.app.daemon import layout_of
from punctuald.app.outline import Outline, place_of
from punctuald.app.sources import aws_access as access_module
from punctuald.app.sources import sqs_apis as apis_module
from punctuald.app.sources.aws_access import AwsAccess
from punctuald.app.sources.sources import Sources
from punctuald.app.sources.sqs_apis import find_endpoints
from punctuald.clock import ManualClock
from punctuald.config import Settings
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.source.aws.connections import Connections
from punctuald.stats.board.board import Board

pytestmark = pytest.mark.usefixtures("a_proxy_is_set")

LOCAL = {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:9"}
ELSEWHERE = {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:10"}
LOCAL_KEY = ("us-east-1", "http://127.0.0.1:9")
BEHIND_PROXY = {"region": "us-east-1", "endpoint_url": "http://sqs.example"}


def settings(*queues: dict[str, Any]) -> Settings:
    named = [{"name": f"q{number}", "handler": "shop:handle", **queue} for number, queue in enumerate(queues)]
    return Settings.model_validate({"queue": named})


def outline(of: Settings) -> Outline:
    board = Board(layout_of(of))
    bare = Outline(of, Path("config.toml"), board, (board,), {}, ManualClock())
    return replace(bare, endpoints=find_endpoints(of))


def make_and_close(of: Outline, numbers: Iterable[int]) -> list[str]:
    """What the sources of these queues are called."""

    async def live() -> list[str]:
        made = Sources(of, of.board.writer(0), limited_log())
        sources = [made.of(number) for number in numbers]
        for source in sources:
            await source.close()
        return [source.name for source in sources]

    return asyncio.run(live())


def test_the_transport_and_its_reason_are_told_for_each_queue() -> None:
    of = outline(settings(LOCAL, BEHIND_PROXY, {**LOCAL, "transport": "boto3"}, {**LOCAL, "transport": "fast"}))
    with capture_logs() as logged:
        assert make_and_close(of, range(4)) == ["q0", "q1", "q2", "q3"]
    assert [(line["queue"], line["transport"], line["reason"]) for line in logged] == [
        ("q0", "fast", "nothing here needs boto3"),
        ("q1", "boto3", "an HTTP proxy is set"),
        ("q2", "boto3", "configured"),
        ("q3", "fast", "configured"),
    ]


def test_queues_of_one_place_share_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    to: list[Any] = []
    connections = Connections

    def noted(server: Any, **options: Any) -> Any:
        to.append(server)
        return connections(server, **options)

    monkeypatch.setattr(access_module, "Connections", noted)
    make_and_close(outline(settings(LOCAL, LOCAL, ELSEWHERE)), range(3))
    assert [server.port for server in to] == [9, 10]


def test_an_endpoint_that_the_supervisor_found_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    of = outline(settings(LOCAL, LOCAL))

    def refuse(*_: str) -> Any:
        raise AssertionError("it was found before the fork")

    monkeypatch.setattr(apis_module, "resolve", refuse)
    assert make_and_close(of, range(2)) == ["q0", "q1"]


def test_a_worker_that_was_given_no_endpoint_finds_it_itself() -> None:
    with capture_logs() as logged:
        make_and_close(replace(outline(settings(LOCAL)), endpoints={}), [0])
    assert [line["transport"] for line in logged] == ["fast"]


def receive_and_close(of: Outline, number: int) -> None:
    async def live() -> None:
        source = Sources(of, of.board.writer(0), limited_log()).of(number)
        try:
            await source.receive(1, 0, 30)
        finally:
            await source.close()

    asyncio.run(live())


def test_an_address_that_can_not_be_found_is_said_by_that_queues_calls_and_stops_nobody() -> None:
    of = outline(settings({"region": "", "endpoint_url": ""}, LOCAL))
    assert len(of.endpoints) == 1
    assert make_and_close(of, range(2)) == ["q0", "q1"]
    with pytest.raises(SourceMisconfigured, match="no region is set"):
        receive_and_close(of, 0)
    with pytest.raises(SourceUnavailable):
        receive_and_close(of, 1)


def test_an_address_that_is_found_later_is_used_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    of, found = outline(settings({"region": "", "endpoint_url": ""})), outline(settings(LOCAL)).endpoints[LOCAL_KEY]

    async def live() -> None:
        source = Sources(of, of.board.writer(0), limited_log()).of(0)
        with pytest.raises(SourceMisconfigured):
            await source.receive(1, 0, 30)
        monkeypatch.setattr(apis_module, "resolve", lambda *_: found)
        with pytest.raises(SourceUnavailable):
            await source.receive(1, 0, 30)
        await source.close()

    asyncio.run(live())


def test_what_only_takes_boto3_is_not_looked_for() -> None:
    assert find_endpoints(settings({**LOCAL, "transport": "boto3"})) == {}


def test_fast_where_it_can_not_be_had_names_queue_and_reason() -> None:
    of = outline(settings({**BEHIND_PROXY, "transport": "fast"}))
    with pytest.raises(SourceMisconfigured, match=r"'q0': transport = \"fast\" can't be used: an HTTP proxy"):
        receive_and_close(of, 0)


HERE, THERE = (
    {"name": "us-east-1", "endpoint_url": "http://127.0.0.1:9"},
    {"name": "eu-west-1", "endpoint_url": "http://127.0.0.1:10"},
)


def test_each_region_of_a_queue_has_its_source_with_connections_that_give_up_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patience: list[Any] = []
    connections = Connections

    def noted(server: Any, **options: Any) -> Any:
        patience.append(options["connect_timeout_seconds"])
        return connections(server, **options)

    monkeypatch.setattr(access_module, "Connections", noted)
    of = outline(settings({"region": [HERE, THERE]}, LOCAL))
    assert make_and_close(of, range(3)) == ["q0@us-east-1", "q0@eu-west-1", "q1"]
    assert patience == [2, 2, 5]


def test_each_region_has_a_clock_of_its_own_and_queues_in_one_region_share_one() -> None:
    of = settings({"region": [HERE, THERE]}, LOCAL, ELSEWHERE)
    apis = apis_module.SqsApis(AwsAccess(ManualClock()), {})
    first, second, third, fourth = (apis.skew_of(queue) for queue in of.sqs_queues)
    assert len({first, second, third}) == 3
    assert third is fourth
    assert apis.skew_of(of.sqs_queues[0]) is first


@pytest.mark.parametrize(("order", "weights"), [("preference", [0, 0]), ("weight", [3, 1])])
def test_regions_share_the_room_of_a_worker_by_preference_or_by_weight(order: str, weights: list[int]) -> None:
    of = outline(settings({"region": [{**HERE, "weight": 3}, THERE], "region_order": order}, LOCAL))

    async def live() -> list[Any]:
        made = Sources(of, of.board.writer(0), limited_log())
        return [made.room_of(number) for number in range(3)]

    first, second, none = asyncio.run(live())
    assert none is None
    assert first is not second
    for room in (first, second):
        room.received([False], 1.0)
        room.counts(lambda: 900)  # which is more than there is room for
    assert [1000 - room.left(1000, 0, 1.0) for room in (first, second)] == [1000, 1000]
    second.counts(lambda: 0)
    assert second.left(1000, 0, 10.0) == 1000, "nothing came lately"
    for room in (first, second):
        room.received([False], 10.0)
    assert second.left(1000, 0, 10.0) == 250, weights


def test_a_handlers_place_in_the_file_is_that_of_its_queue_in_whichever_region() -> None:
    of = settings({"region": [HERE, THERE]}, LOCAL)
    places = [place_of(Path("config.toml"), of, number) for number in range(3)]
    assert places == [
        "config.toml: queue[0] (q0@us-east-1)",
        "config.toml: queue[0] (q0@eu-west-1)",
        "config.toml: queue[1] (q1)",
    ]
