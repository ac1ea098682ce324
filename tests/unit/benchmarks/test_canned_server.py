"""The canned server is a fair opponent: real SDKs understand it, and what it counts is what they did."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.canned.bodies import DIALECTS
from benchmarks.canned.server import CannedServer, canned_server
from punctuald.demo.queues import connect

ANY_CORE = min(os.sched_getaffinity(0))


@pytest.fixture
def server(aws_credentials: None) -> Iterator[CannedServer]:  # noqa: ARG001  # asked for what it sets, not gives
    with canned_server("raw", ANY_CORE) as server:
        yield server


def receive(server: CannedServer, **options: Any) -> list[dict[str, Any]]:
    options = {"QueueUrl": server.queue_url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0, **options}
    messages: list[dict[str, Any]] = connect(server.endpoint_url).receive_message(**options).get("Messages", [])
    return messages


def test_each_message_has_an_id_and_a_receipt_handle_of_its_own_and_the_right_md5(server: CannedServer) -> None:
    server.allow(1_010)
    messages = [message for _ in range(101) for message in receive(server)]

    assert len({message["MessageId"] for message in messages}) == 1_010
    assert len({message["ReceiptHandle"] for message in messages}) == 1_010
    assert all(
        message["MD5OfBody"] == hashlib.md5(message["Body"].encode(), usedforsecurity=False).hexdigest()
        for message in messages
    )


def test_no_more_is_handed_out_than_was_allowed_or_asked_for(server: CannedServer) -> None:
    server.allow(7)

    assert len(receive(server, MaxNumberOfMessages=4)) == 4
    assert len(receive(server)) == 3
    assert receive(server) == []


def test_the_time_of_sending_comes_only_if_asked_for(server: CannedServer) -> None:
    server.allow(2)

    assert "Attributes" not in receive(server, MaxNumberOfMessages=1)[0]
    asked = receive(server, MaxNumberOfMessages=1, MessageSystemAttributeNames=["SentTimestamp"])[0]
    assert asked["Attributes"]["SentTimestamp"].isdigit()


def test_a_waiting_receive_gets_a_dripped_message(server: CannedServer) -> None:
    server.drip(0.05, 1)
    messages = receive(server, WaitTimeSeconds=20)

    assert [json.loads(message["Body"])["number"] for message in messages] == [0]
    assert len(server.available_ns()) == 1


def test_a_queue_of_another_name_is_empty(server: CannedServer) -> None:
    server.allow(1)

    assert receive(server, QueueUrl=f"{server.endpoint_url}/000000000000/other") == []
    assert server.counters().handed == 0


def test_deletions_and_calls_are_counted(server: CannedServer) -> None:
    server.allow(3)
    client = connect(server.endpoint_url)
    first, *others = receive(server)
    entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(others)]
    answer = client.delete_message_batch(QueueUrl=server.queue_url, Entries=entries)
    client.delete_message(QueueUrl=server.queue_url, ReceiptHandle=first["ReceiptHandle"])

    assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1"]
    counters = server.counters()
    assert (counters.deleted, counters.requests) == (3, 3)
    assert dict(counters.calls) == {"receivemessage": 1, "deletemessagebatch": 1, "deletemessage": 1}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_wrapping_holds_the_same_event(dialect: str) -> None:
    body = DIALECTS[dialect](41)

    assert body != DIALECTS[dialect](42)
    assert len(body) > 400
