"""What one receive teaches the next: lost attempts, answers that are too large; over both transports where both can."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import RunAsync
from doubles.source.canned_server import CannedServer, Reply, reply
from doubles.source.sqs_apis import BOTH, QUEUE_URL, Opened, fast, source, use_keys, wire
from punctuald.errors import SourceError, SourceUnavailable
from punctuald.model import Message

FIFO_URL = f"{QUEUE_URL}.fifo"
NOT_RETRYABLE = reply(
    {
        "__type": "com.amazonaws.sqs#InvalidParameterValue",
        "message": "Value x for parameter ReceiveRequestAttemptId is invalid. Reason: The call is not retryable.",
    },
    "400 Bad Request",
)
BROKEN = reply({"__type": "InternalFailure"}, "500 Internal Server Error")
REFUSED = reply({"__type": "OverLimit"}, "403 Forbidden")
TOO_LARGE = Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 70000000\r\n\r\n", close=True)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keys(monkeypatch)


def receive(
    opened: Opened, run_async: RunAsync, *replies: Reply | None, times: int, most: int = 10
) -> tuple[list[Any], list[dict[str, Any]]]:
    """What each receive of a FIFO queue brought or raised, and what was asked."""

    async def body() -> list[Any]:
        came: list[Any] = []
        async with opened(server) as api:
            orders = source(api, FIFO_URL)
            for _ in range(times):
                try:
                    came.append(await orders.receive(most, 0, 30))
                except SourceError as error:
                    came.append(error)
        return came

    with CannedServer(*replies) as server:
        came = run_async(body())
    return came, [request.json() for request in server.requests]


@BOTH
@pytest.mark.parametrize("lost", [Reply(close=True), BROKEN], ids=["closed", "500"])
def test_a_lost_answer_is_asked_for_again_by_its_attempt_and_then_a_new_one_begins(
    lost: Reply, opened: Opened, run_async: RunAsync
) -> None:
    came, asked = receive(opened, run_async, lost, reply({"Messages": [wire()]}), reply(), times=3)
    first, again, fresh = [call["ReceiveRequestAttemptId"] for call in asked]
    assert first == again != fresh
    assert isinstance(came[0], SourceUnavailable)
    assert [message.body for message in came[1]] == ["hello"]


@BOTH
def test_a_receive_that_sqs_said_no_to_took_nothing_and_is_no_attempt_to_repeat(
    opened: Opened, run_async: RunAsync
) -> None:
    _, asked = receive(opened, run_async, REFUSED, reply(), times=2)
    assert asked[0]["ReceiveRequestAttemptId"] != asked[1]["ReceiveRequestAttemptId"]


@BOTH
def test_an_attempt_that_can_not_be_repeated_is_dropped_at_once(opened: Opened, run_async: RunAsync) -> None:
    came, asked = receive(opened, run_async, Reply(close=True), NOT_RETRYABLE, reply(), reply(), times=3)
    ids = [call["ReceiveRequestAttemptId"] for call in asked]
    assert ids[0] == ids[1]
    assert len(set(ids[1:])) == 3
    assert came[1:] == [[], []], "nobody hears of it"


@BOTH
def test_a_server_that_takes_no_attempt_ids_gets_none_any_more(opened: Opened, run_async: RunAsync) -> None:
    came, asked = receive(opened, run_async, NOT_RETRYABLE, reply(), reply(), times=2)
    assert ["ReceiveRequestAttemptId" in call for call in asked] == [True, False, False]
    assert came == [[], []]


def test_an_answer_that_is_too_large_has_a_name_and_the_next_receives_ask_for_fewer(run_async: RunAsync) -> None:
    good = reply({"Messages": [wire()]})
    came, asked = receive(fast, run_async, *[TOO_LARGE] * 4, *[good] * 21, times=25)
    assert {error.code for error in came[:4]} == {"AnswerTooLargeError"}
    assert "64 MiB" in str(came[0])
    assert [call["MaxNumberOfMessages"] for call in asked[:5]] == [10, 5, 2, 1, 1]
    assert [call["MaxNumberOfMessages"] for call in asked[-2:]] == [1, 2], "slowly back to ten"
    assert len({call["ReceiveRequestAttemptId"] for call in asked}) == 25, "it would come again just as large"


def test_ten_of_the_longest_messages_that_sqs_takes_are_received(run_async: RunAsync) -> None:
    body = "\x01" * 1_048_576  # six bytes each on the wire

    async def received() -> list[Message]:
        async with fast(server) as api:
            return list(await source(api).receive(10, 0, 30))

    messages = [wire(body, MessageId=f"m{n}", ReceiptHandle=f"r{n}") for n in range(10)]
    with CannedServer(reply({"Messages": messages})) as server:
        assert [len(message.body) for message in run_async(received())] == [1_048_576] * 10
