"""Servers that are almost SQS, over both transports: what they leave out, and what can't be read, costs itself."""

from __future__ import annotations

from typing import Any

import pytest

from captured_logs import capture_logs
from conftest import RunAsync
from doubles.source.canned_server import CannedServer, Reply, reply
from doubles.source.sqs_apis import BOTH, QUEUE_URL, Opened, source, use_keys, wire
from punctuald.errors import SourceError, SourceUnavailable
from punctuald.model import Message, Release

MESSAGE = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0)
SYSTEM = {"SentTimestamp": "1700000000123", "ApproximateReceiveCount": "3"}
FIFO_URL = f"{QUEUE_URL}.fifo"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keys(monkeypatch)


def receive(opened: Opened, run_async: RunAsync, *answers: Any, url: str = QUEUE_URL) -> tuple[list[Any], list[Any]]:
    """The messages of receives that were answered so, and what was logged."""

    async def body() -> list[Message]:
        async with opened(server) as api:
            orders = source(api, url)
            return [message for _ in answers for message in await orders.receive(10, 0, 30)]

    with CannedServer(*[reply({"Messages": messages}) for messages in answers]) as server, capture_logs() as logged:
        return run_async(body()), logged


@BOTH
def test_nulls_are_nothing_at_every_depth(opened: Opened, run_async: RunAsync) -> None:
    typed = {
        "kind": {"DataType": "String", "StringValue": "x", "BinaryValue": None, "StringListValues": None},
        "gone": None,
    }
    given = wire(MessageAttributes=typed, MD5OfBody=None, Attributes={**SYSTEM, "MessageGroupId": None})
    (message,), logged = receive(opened, run_async, [given])
    assert (dict(message.attributes), message.receive_count, message.tenant) == ({"kind": "x"}, 3, None)
    assert message.wire_attributes == {"kind": {"DataType": "String", "StringValue": "x"}}, "what a copy is sent with"
    assert logged == []


UNREADABLE: dict[str, Any] = {
    "null": None,
    "text": "message",
    "list": [],
    "no body": wire(Body=None),
    "a number as body": wire(Body=5),
    "no id": wire(MessageId=None),
    "no handle": wire(ReceiptHandle=""),
    "a list as handle": wire(ReceiptHandle=["r"]),
    "attributes in a list": wire(Attributes=["SentTimestamp"]),
    "typed attributes in a list": wire(MessageAttributes=[1]),
    "an attribute that is a text": wire(MessageAttributes={"kind": "x"}),
    "an attribute's text that is a number": wire(MessageAttributes={"kind": {"DataType": "String", "StringValue": 5}}),
    "no base64": wire(MessageAttributes={"raw": {"DataType": "Binary", "BinaryValue": "x"}}),
    "a number as binary": wire(MessageAttributes={"raw": {"DataType": "Binary", "BinaryValue": 5}}),
}


@BOTH
@pytest.mark.parametrize("unreadable", UNREADABLE.values(), ids=UNREADABLE)
def test_a_message_that_can_not_be_read_costs_itself(unreadable: Any, opened: Opened, run_async: RunAsync) -> None:
    good = wire("good", MessageId="m2", Attributes=SYSTEM)
    came, logged = receive(opened, run_async, [unreadable, good])
    assert [message.body for message in came] == ["good"]
    assert [line["event"] for line in logged] == ["source.message_unreadable"]


@BOTH
def test_half_a_character_costs_one_message_and_not_its_answer(opened: Opened, run_async: RunAsync) -> None:
    halves = b'{"Messages": [{"MessageId": "m1", "ReceiptHandle": "r1", "Body": "\\ud800", "Attributes": {}}, '
    whole = b'{"MessageId": "m2", "ReceiptHandle": "r2", "Body": "good", "Attributes": {"SentTimestamp": "1"}}]}'

    async def body() -> list[str]:
        async with opened(server) as api:
            return [message.body for message in await source(api).receive(10, 0, 30)]

    with CannedServer(reply(body=halves + whole)) as server:
        assert run_async(body()) == ["good"]


@BOTH
@pytest.mark.parametrize("claimed", ["99999999999999999999", "-5", "soon", None, [], 1e300])
def test_a_time_that_is_none_counts_as_the_time_of_the_receive(
    claimed: Any, opened: Opened, run_async: RunAsync
) -> None:
    odd = wire(Attributes={"SentTimestamp": claimed, "ApproximateReceiveCount": claimed})
    (message, _), _ = receive(opened, run_async, [odd, wire(MessageId="m2", ReceiptHandle="r2", Attributes=SYSTEM)])
    assert message.sent_utc == message.received_utc
    assert message.receive_count == 1


@BOTH
def test_a_fifo_queue_whose_server_names_no_groups_is_one_group_and_that_is_said_once(
    opened: Opened, run_async: RunAsync
) -> None:
    bare = [wire(str(n), MessageId=f"m{n}", ReceiptHandle=f"r{n}", Attributes={}) for n in range(2)]
    named = wire("2", MessageId="m2", ReceiptHandle="r2", Attributes={**SYSTEM, "MessageGroupId": "g"})
    came, logged = receive(opened, run_async, bare, [named], url=FIFO_URL)
    assert len({message.group for message in came}) == 1
    assert came[0].group is not None
    assert [(line["event"], line["attributes"]) for line in logged] == [
        ("source.attributes_left_out", ["MessageGroupId", "SentTimestamp"])
    ]


@BOTH
def test_system_attributes_are_asked_for_by_their_old_name_too(opened: Opened, run_async: RunAsync) -> None:
    async def body() -> None:
        async with opened(server) as api:
            await source(api).receive(10, 0, 30)

    with CannedServer(reply()) as server:
        run_async(body())
    asked = server.requests[0].json()
    assert asked["AttributeNames"] == asked["MessageSystemAttributeNames"]
    assert {"SentTimestamp", "ApproximateReceiveCount", "MessageGroupId"} == set(asked["AttributeNames"])


@BOTH
def test_a_fair_queues_tenant_is_seen_and_kept_and_is_no_order(opened: Opened, run_async: RunAsync) -> None:
    async def body() -> Message:
        async with opened(server) as api:
            orders = source(api, dead_letter_queue=f"{QUEUE_URL}-dead")
            (message,) = await orders.receive(10, 0, 30)
            assert not await orders.dead_letter(message, "why")
            return message

    fair = wire(Attributes={**SYSTEM, "MessageGroupId": "blue"})
    with CannedServer(reply({"Messages": [fair]}), reply(), reply()) as server:
        message = run_async(body())
    assert (message.tenant, message.group) == ("blue", None)
    assert server.requests[1].json()["MessageGroupId"] == "blue"
    assert "MessageDeduplicationId" not in server.requests[1].json()


ODD = {
    "no list": reply({"Messages": "x", "Failed": "x", "Attributes": "x", "QueueUrl": 5}),
    "an object as a list": reply({"Messages": {"a": 1}, "Failed": {"Id": "0"}, "Attributes": [], "QueueUrl": ""}),
    "not ours": reply({"Messages": 7, "Failed": [{"Id": "9"}], "Attributes": {"RedrivePolicy": "{"}}),
    "no ids": reply({"Messages": True, "Failed": [None], "Attributes": {"RedrivePolicy": "[]"}}),
    "no arn": reply({"Messages": 1.5, "Failed": [[]], "Attributes": {"RedrivePolicy": '{"maxReceiveCount": 3}'}}),
    "page": reply(body=b"<html>"),
    "deep": reply(body=b'{"Messages":' + b"[" * 100_000),
    "deep refusal": reply(body=b"[" * 100_000, status="400 Bad Request"),
    "odd refusal": reply({"__type": [5], "message": {}}, status="500 X"),
}


@BOTH
@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_an_answer_of_no_known_form_is_an_outage_and_never_an_end(
    answer: Reply, opened: Opened, run_async: RunAsync
) -> None:
    async def body() -> list[SourceError]:
        errors: list[SourceError] = []
        async with opened(server) as api:
            orders, unknown = source(api), source(api, "")
            for call in (
                orders.receive(10, 0, 30),
                orders.acknowledge([MESSAGE]),
                orders.release([Release(MESSAGE)]),
                orders.rules(),
                unknown.receive(10, 0, 30),
            ):
                with pytest.raises(SourceUnavailable) as raised:
                    await call
                errors.append(raised.value)
        return errors

    with CannedServer(*[answer] * 5) as server:
        errors = run_async(body())
    assert all("orders" in str(error) for error in errors)
