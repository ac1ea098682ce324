"""`punctuald check --connect`: whether the queues are there, and what becomes of messages that keep failing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from punctuald.demo.queues import connect, create_queue
from punctuald.source.sqs.names import dead_letter_name

HANDLER = "def handle(message): ..."


def check(directory: Path, endpoint_url: str, *queues: str, handler: str = HANDLER) -> tuple[int, str, str]:
    tables = [
        f'[[queue]]\nname = "{name}"\nhandler = "shop:handle"\nendpoint_url = "{endpoint_url}"\n' for name in queues
    ]
    (directory / "config.toml").write_text("".join(tables))
    (directory / "shop.py").write_text(handler)
    ran = subprocess.run(
        [sys.executable, "-m", "punctuald", "check", "--connect", "-c", str(directory / "config.toml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1"},
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_queues_that_answer_are_named_with_their_limit_and_what_is_dangerous_in_it(
    tmp_path: Path, moto_endpoint: str
) -> None:
    names = ["checked-2", "checked-5"]
    for name, limit in zip(names, (2, 5), strict=True):
        create_queue(moto_endpoint, name, dead_letter=limit)
    status, out, errors = check(tmp_path, moto_endpoint, *names)
    assert status == 0
    assert f"queue {names[0]}: answers, maxReceiveCount 2" in out
    assert f"queue {names[1]}: answers, maxReceiveCount 5" in out
    warnings = [line for line in errors.splitlines() if "maxReceiveCount" in line]
    assert [warning.startswith(f"queue {names[0]}: warning: maxReceiveCount is 2") for warning in warnings] == [True]


def test_a_queue_that_is_not_there_is_one_line_and_status_1(tmp_path: Path, moto_endpoint: str) -> None:
    status, _, errors = check(tmp_path, moto_endpoint, "nowhere")
    assert status == 1
    [line] = errors.splitlines()
    assert "nowhere" in line


def test_a_handler_that_can_not_be_imported_is_status_78_and_the_queue_is_asked_all_the_same(
    tmp_path: Path, moto_endpoint: str
) -> None:
    create_queue(moto_endpoint, "checked-without-handler", dead_letter=5)
    status, out, errors = check(tmp_path, moto_endpoint, "checked-without-handler", handler="import nothing_at_all")
    assert status == 78
    assert "queue checked-without-handler: answers" in out
    assert (
        f"{tmp_path}/config.toml: queue[0] (checked-without-handler): handler 'shop:handle' can't be imported" in errors
    )


@pytest.mark.parametrize("server", ["moto_endpoint", "ministack_endpoint"])
def test_a_check_takes_no_message_and_sends_none(server: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    endpoint = request.getfixturevalue(server)
    url = create_queue(endpoint, "checked-with-messages", dead_letter=5)
    client = connect(endpoint)
    client.send_message(QueueUrl=url, MessageBody="kept")
    status, out, _ = check(tmp_path, endpoint, "checked-with-messages")
    assert status == 0, out
    assert "handler shop:handle: a function of one message, imported in" in out
    [message] = client.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == ("kept", "1")
    dead = client.get_queue_url(QueueName=dead_letter_name("checked-with-messages"))["QueueUrl"]
    assert "Messages" not in client.receive_message(QueueUrl=dead)
