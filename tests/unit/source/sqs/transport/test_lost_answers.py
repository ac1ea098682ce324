"""Answers that never come: how long each kind of call waits, and what is sent again; over both transports."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conftest import RunAsync
from doubles.source.canned_server import SILENCE, CannedServer, reply
from doubles.source.sqs_apis import BOTH, QUEUE_URL, REGION, Opened, source, use_keys
from punctuald.clock import SystemClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Message, Release
from punctuald.source.aws import session
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.session import Patience
from punctuald.source.sqs.client import make_client
from punctuald.source.sqs.transport.boto import BotoApi

MESSAGE = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0)


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keys(monkeypatch)
    monkeypatch.setattr(session, "PATIENT", Patience(prompt_seconds=0.3))


def test_what_is_answered_at_once_is_waited_for_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    config = make_client("eu-west-1", None, None, 1).meta.config
    assert (config.read_timeout, config.connect_timeout) == (5, 5)
    assert session.PATIENT.prompt_seconds == 5


def test_a_region_that_is_one_of_several_is_waited_for_less_long() -> None:
    config = make_client("eu-west-1", None, None, 1, patience=session.OF_SEVERAL).meta.config
    assert (config.read_timeout, config.connect_timeout) == (3, 2)


@BOTH
def test_a_settlement_that_a_dead_connection_swallowed_is_sent_again_at_once(
    opened: Opened, run_async: RunAsync
) -> None:
    async def body() -> list[Any]:
        async with opened(server) as api:
            orders = source(api)
            return [
                await orders.acknowledge([MESSAGE]),
                await orders.extend([MESSAGE], 30),
                await orders.release([Release(MESSAGE)]),
                (await orders.rules()).max_receives,
            ]

    with CannedServer(*[SILENCE, reply()] * 4) as server:
        done = run_async(body())
    assert [list(failures) for failures in done[:3]] == [[], [], []]
    bodies = [request.body for request in server.requests]
    assert bodies[0::2] == bodies[1::2]


def test_boto3_sends_again_on_a_connection_that_was_opened_anew(run_async: RunAsync) -> None:
    async def body() -> None:
        client = make_client(REGION, server.url, None, 4)
        api = BotoApi(client, client, 1, ClockSkew(SystemClock()))
        orders = source(api)
        unanswered = asyncio.ensure_future(orders.acknowledge([MESSAGE]))
        while not server.requests:
            await asyncio.sleep(0.001)
        await orders.acknowledge([MESSAGE])  # leaves its connection idle
        assert not unanswered.done()
        await unanswered
        await api.close()

    with CannedServer(SILENCE, reply(), reply()) as server:
        run_async(body())
    assert server.connections == [1, 2, 3]


@BOTH
@pytest.mark.parametrize(("to", "requests"), [("dead", 1), ("dead.fifo", 2)])
def test_a_dead_letter_copy_is_sent_again_at_once_only_where_sqs_knows_it_again(
    opened: Opened, to: str, requests: int, run_async: RunAsync
) -> None:
    async def body() -> None:
        async with opened(server) as api:
            with pytest.raises(SourceUnavailable):
                await source(api, dead_letter_queue=f"{QUEUE_URL}-{to}").dead_letter(MESSAGE, "why")

    with CannedServer(SILENCE, SILENCE) as server:
        run_async(body())
    assert len(server.requests) == requests, "a standard queue would have it twice"


@BOTH
def test_a_receive_waits_longer_and_is_not_sent_again(opened: Opened, run_async: RunAsync) -> None:
    async def body() -> None:
        async with opened(server) as api:
            with pytest.raises(SourceUnavailable):
                await source(api).receive(10, 0, 30)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "PATIENT", Patience(grace_seconds=0.6))
        with CannedServer(SILENCE, reply()) as server:
            run_async(body())
    assert len(server.requests) == 1
