"""The commands as a person types them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from doubles.source.dead_lettered import DeadLettered
from punctuald.cli import status_of
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import REGION
from punctuald.source.sqs.names import dead_letter_name


class Said(NamedTuple):
    status: int
    out: str
    err: str


Queue = Callable[..., Said]


@pytest.fixture
def queue(moto_endpoint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setattr("punctuald.queue_tools.calls.FIRST_PAUSE_SECONDS", 0.0)

    def run(
        command: str, *arguments: str, at: Sequence[str] = ("--region", REGION, "--endpoint-url", moto_endpoint)
    ) -> Said:
        status = status_of(["queue", command, *arguments, *at])
        return Said(status, *capsys.readouterr())

    return run


@pytest.fixture
def name() -> str:
    return f"tools-{uuid.uuid4().hex[:8]}"


def attributes(endpoint: str, name: str) -> dict[str, str]:
    client = connect(endpoint)
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    found: dict[str, str] = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return found


def answering(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr("punctuald.cli.queue.asking.click.confirm", lambda *_arguments, **_options: answer)


def test_a_queue_is_made_with_its_dead_letter_queue(queue: Queue, name: str, moto_endpoint: str) -> None:
    said = queue("create", name, "--visibility-timeout", "45", "--max-receive-count", "4")
    assert said.status == 0
    assert said.out.splitlines()[-1].endswith(f"/{name}")
    made = attributes(moto_endpoint, name)
    policy = json.loads(made["RedrivePolicy"])
    assert (made["VisibilityTimeout"], int(policy["maxReceiveCount"])) == ("45", 4)
    assert policy["deadLetterTargetArn"].endswith(f":{name}-dlq")
    assert attributes(moto_endpoint, f"{name}-dlq")["MessageRetentionPeriod"] == "1209600"


def test_a_fifo_queue_deduplicates_by_content(queue: Queue, name: str, moto_endpoint: str) -> None:
    assert queue("create", name, "--fifo").status == 0
    made = attributes(moto_endpoint, f"{name}.fifo")
    assert made["ContentBasedDeduplication"] == "true"
    assert json.loads(made["RedrivePolicy"])["deadLetterTargetArn"].endswith(f":{name}-dlq.fifo")


def test_making_it_again_is_all_right_and_a_queue_that_differs_is_one_line(queue: Queue, name: str) -> None:
    queue("create", name, "--visibility-timeout", "45")
    again = queue("create", name, "--visibility-timeout", "45")
    assert (again.status, "there already" in again.out) == (0, True)
    other = queue("create", name, "--visibility-timeout", "60")
    assert other.status == 1
    (line,) = other.err.splitlines()
    assert "VisibilityTimeout: 45 → 60" in line


def test_a_change_is_shown_and_asked_for(
    queue: Queue, name: str, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue("create", name)
    answering(monkeypatch, answer=False)
    refused = queue("tune", name, "--visibility-timeout", "90")
    assert (refused.status, refused.out) == (1, f"queue {name}: VisibilityTimeout: 30 → 90\n")
    assert attributes(moto_endpoint, name)["VisibilityTimeout"] == "30"
    answering(monkeypatch, answer=True)
    assert queue("tune", name, "--visibility-timeout", "90").status == 0
    assert attributes(moto_endpoint, name)["VisibilityTimeout"] == "90"


def test_nobody_there_to_answer_changes_nothing_and_says_so(
    queue: Queue, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue("create", name)
    monkeypatch.setattr("sys.stdin", StringIO())
    said = queue("purge", name)
    assert said.status == 130
    assert "--yes" in said.err


def test_every_setting_can_be_tuned(queue: Queue, name: str, moto_endpoint: str) -> None:
    create_queue(moto_endpoint, name)
    create_queue(moto_endpoint, f"{name}-dead")
    settings = ("--visibility-timeout", "60", "--wait-time", "20", "--retention", "86400", "--max-receive-count", "7")
    assert queue("tune", name, *settings, "--dead-letter-queue", f"{name}-dead", "--yes").status == 0
    tuned = attributes(moto_endpoint, name)
    assert (tuned["VisibilityTimeout"], tuned["ReceiveMessageWaitTimeSeconds"]) == ("60", "20")
    assert (tuned["MessageRetentionPeriod"], int(json.loads(tuned["RedrivePolicy"])["maxReceiveCount"])) == ("86400", 7)
    assert queue("tune", name, *settings).out == f"queue {name}: nothing to change\n"


def test_a_number_of_receives_needs_somewhere_to_go_after_them(queue: Queue, name: str, moto_endpoint: str) -> None:
    create_queue(moto_endpoint, name)
    said = queue("tune", name, "--max-receive-count", "3", "--yes")
    assert said.status == 1
    assert "--dead-letter-queue" in said.err


def test_nothing_to_tune_is_wrong_usage(queue: Queue) -> None:
    assert queue("tune", "orders").status == 2


def test_queues_are_listed_with_what_is_in_them(queue: Queue, name: str, moto_endpoint: str) -> None:
    create_queue(moto_endpoint, name, dead_letter=3)
    client = connect(moto_endpoint)
    client.send_message(QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"], MessageBody="x")
    head, first, second = queue("ls", "--prefix", name).out.splitlines()
    assert head.split() == ["QUEUE", "KIND", "DEAD", "LETTERS", "TO", "VISIBLE", "IN", "FLIGHT", "DELAYED"]
    assert first.split() == [name, "standard", dead_letter_name(name), "after", "3", "1", "0", "0"]
    assert second.split() == [dead_letter_name(name), "standard", "-", "0", "0", "0"]
    (listed, _) = json.loads(queue("ls", "--prefix", name, "--json").out)
    assert (listed["visible"], listed["max_receive_count"], listed["fifo"]) == (1, 3, False)


def test_a_configurations_queues_are_found_by_their_names_there(
    queue: Queue, name: str, moto_endpoint: str, tmp_path: Path
) -> None:
    create_queue(moto_endpoint, name, dead_letter=3)
    config = tmp_path / "config.toml"
    tier = '[[sla.tier]]\nname = "all"\nthreshold_seconds = 10\n'
    where = f'region = "{REGION}"\nendpoint_url = "{moto_endpoint}"\n'
    dead = f'dead_letter_queue = "{dead_letter_name(name)}"\n'
    config.write_text(f'{tier}[[queue]]\nname = "{name}"\nhandler = "shop:handle"\n{where}{dead}', encoding="utf-8")
    at = ("-c", str(config))
    listed = queue("ls", at=at).out
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [name, dead_letter_name(name)]
    assert queue("peek", name, at=at).status == 0
    assert queue("redrive", dead_letter_name(name), at=at).status == 0
    assert queue("peek", name, at=(*at, "--region", REGION)).status == 2


def test_a_peek_shows_a_message_harmlessly_and_leaves_it(queue: Queue, name: str, moto_endpoint: str) -> None:
    url = create_queue(moto_endpoint, name)
    client = connect(moto_endpoint)
    kind = {"kind": {"DataType": "String", "StringValue": "greeting"}}
    client.send_message(QueueUrl=url, MessageBody="a\x1b]0;owned\x07\u202ez" + "y" * 600, MessageAttributes=kind)
    said = queue("peek", name, "--body", "20")
    assert "  kind = greeting\n" in said.out
    assert "  a\\x1b]0;owned\\x07\\u202ez" in said.out
    assert "…" in said.out
    assert not {"\x1b", "\x07", "\u202e"} & set(said.out)
    assert len(client.receive_message(QueueUrl=url)["Messages"]) == 1, "it is visible all the same"


def test_a_peek_warns_where_it_costs_a_receive(queue: Queue, name: str, moto_endpoint: str) -> None:
    create_queue(moto_endpoint, name, dead_letter=3)
    assert f"a receive less of its 3, after which SQS moves it to {name}-dlq" in queue("peek", name).err


def test_a_peek_for_programs_has_the_whole_body(queue: Queue, name: str, moto_endpoint: str) -> None:
    url = create_queue(moto_endpoint, name)
    connect(moto_endpoint).send_message(QueueUrl=url, MessageBody="y" * 600)
    (line,) = queue("peek", name, "--json").out.splitlines()
    assert json.loads(line)["body"] == "y" * 600


def test_a_purge_says_how_many_and_asks(
    queue: Queue, name: str, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = create_queue(moto_endpoint, name)
    connect(moto_endpoint).send_message(QueueUrl=url, MessageBody="x")
    asked: list[str] = []

    def refuse(question: str, **_options: bool) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("punctuald.cli.queue.asking.click.confirm", refuse)
    assert queue("purge", name).status == 1
    assert asked == [f"queue {name}: delete all of about 1 messages (1 visible, 0 in flight, 0 delayed)?"]
    assert attributes(moto_endpoint, name)["ApproximateNumberOfMessages"] == "1"
    assert queue("purge", name, "--yes").status == 0
    assert attributes(moto_endpoint, name)["ApproximateNumberOfMessages"] == "0"


def test_a_redrive_says_what_went_where(queue: Queue, moto_endpoint: str) -> None:
    redriven = DeadLettered(moto_endpoint)
    redriven.put("late", reason="TimeoutError")
    redriven.put("odd", reason="KeyError")
    dry = queue("redrive", redriven.dead_name, "--dry-run", "--filter", "reason=Timeout")
    assert dry.out.splitlines() == [f"would be moved to {redriven.name}: 1", "left, for no filter meant them: 1"]
    assert queue("redrive", redriven.dead_name).out == f"moved to {redriven.name}: 2\n"
    assert redriven.bodies() == ["late", "odd"]


def test_a_redrive_of_what_has_nowhere_to_go_is_a_failure(queue: Queue, moto_endpoint: str) -> None:
    redriven = DeadLettered(moto_endpoint)
    redriven.put("lost", queue="nowhere")
    said = queue("redrive", redriven.dead_name)
    assert said.status == 1
    assert "give --to" in said.out


@pytest.mark.parametrize("written", ["reason", "reason=", "size=3", "attribute.=x"])
def test_a_filter_that_is_none_is_wrong_usage(queue: Queue, written: str) -> None:
    said = queue("redrive", "orders-dlq", "--filter", written)
    assert (said.status, "attribute.NAME=TEXT" in said.err) == (2, True)


@pytest.mark.parametrize("command", [("peek",), ("purge", "--yes"), ("redrive",), ("tune", "--wait-time", "1")])
def test_a_missing_queue_is_one_clear_line(queue: Queue, command: tuple[str, ...]) -> None:
    said = queue(*command[:1], "nowhere", *command[1:])
    assert said.status == 1
    (line,) = said.err.splitlines()
    assert "'nowhere'" in line
    assert "does not exist" in line
