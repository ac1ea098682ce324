"""An operator's commands against SQS servers that are not ours: what they make, tune, see and put back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from doubles.source.dead_lettered import DeadLettered
from peers.programs.maven import NotToBeHad
from peers.servers import NAMES
from punctuald.cli import status_of
from punctuald.demo.queues import connect
from punctuald.demo.servers import REGION

PER_GROUP = 12
NO_SOURCES = "ministack"
"""It has no ListDeadLetterSourceQueues and no DeadLetterQueueSourceArn, so what it moved by itself needs --to."""


@pytest.fixture(params=NAMES)
def endpoint(request: pytest.FixtureRequest, endpoint_of: Callable[[str], str], aws_credentials: None) -> str:  # noqa: ARG001
    try:
        return endpoint_of(request.param)
    except NotToBeHad as missing:
        pytest.skip(f"{request.param}: {missing}")


def queue(endpoint: str, *arguments: str) -> int:
    return status_of(["queue", *arguments, "--region", REGION, "--endpoint-url", endpoint])


def attributes(endpoint: str, name: str) -> dict[str, Any]:
    client = connect(endpoint)
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    found: dict[str, Any] = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return found


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
def test_a_queue_is_made_once_and_tuned(endpoint: str, fifo: bool) -> None:
    name = f"tools-{uuid.uuid4().hex[:8]}"
    create = ("create", name, "--visibility-timeout", "45", *(["--fifo"] if fifo else []))
    assert (queue(endpoint, *create), queue(endpoint, *create)) == (0, 0)
    name += ".fifo" if fifo else ""
    tune = ("tune", name, "--visibility-timeout", "60", "--max-receive-count", "7", "--yes")
    assert queue(endpoint, *tune) == 0
    tuned = attributes(endpoint, name)
    assert (tuned["VisibilityTimeout"], int(json.loads(tuned["RedrivePolicy"])["maxReceiveCount"])) == ("60", 7)
    assert queue(endpoint, *create) == 1, "it differs now"


def test_groups_go_back_in_their_order(endpoint: str) -> None:
    redriven = DeadLettered(endpoint, fifo=True)
    for number in range(PER_GROUP):
        for group in "ab":
            redriven.put(f"{group}{number}", group=group, kind="order")
    assert queue(endpoint, "redrive", redriven.dead_name, "--visibility-timeout", "10") == 0
    messages = redriven.taken()
    for group in "ab":
        of_group = [each["Body"] for each in messages if each["Attributes"]["MessageGroupId"] == group]
        assert of_group == [f"{group}{number}" for number in range(PER_GROUP)]
    assert {each["MessageAttributes"]["kind"]["StringValue"] for each in messages} == {"order"}
    assert all(list(each["MessageAttributes"]) == ["kind"] for each in messages)


def test_what_the_server_moved_by_itself_goes_back(endpoint: str, endpoint_of: Callable[[str], str]) -> None:
    redriven = DeadLettered(endpoint, receives=1)
    redriven.client.send_message(QueueUrl=redriven.url, MessageBody="failed")
    for _ in range(3):
        redriven.client.receive_message(QueueUrl=redriven.url, VisibilityTimeout=0)
    to = ("--to", redriven.name) if endpoint == endpoint_of(NO_SOURCES) else ()
    assert queue(endpoint, "redrive", redriven.dead_name, "--visibility-timeout", "10", *to) == 0
    assert redriven.bodies() == ["failed"]


def test_a_filter_leaves_the_others_visible(endpoint: str) -> None:
    redriven = DeadLettered(endpoint)
    redriven.put("late", reason="TimeoutError")
    redriven.put("odd", reason="KeyError")
    assert queue(endpoint, "redrive", redriven.dead_name, "--filter", "reason=Timeout") == 0
    assert (redriven.bodies(), redriven.bodies(redriven.dead_url)) == (["late"], ["odd"])


def test_a_peek_leaves_a_message_visible(endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    peeked = DeadLettered(endpoint)
    peeked.client.send_message(QueueUrl=peeked.url, MessageBody="hello")
    assert queue(endpoint, "peek", peeked.name) == 0
    assert "hello" in capsys.readouterr().out
    assert peeked.bodies() == ["hello"]


def test_a_purge_empties_it(endpoint: str) -> None:
    purged = DeadLettered(endpoint)
    purged.put("a", "b")
    assert queue(endpoint, "purge", purged.dead_name, "--yes") == 0
    assert purged.visible_dead() == 0
    assert queue(endpoint, "ls", "--prefix", purged.name) == 0
