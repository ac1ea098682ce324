"""What commands call beside the daemon is listed apart, in `docs/iam/`: all of it, and no more."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import boto3
import pytest

from doubles.source.policies import allowed_actions, statements
from doubles.source.recorded_actions import Call, recording
from punctuald.cli import status_of
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import REGION
from punctuald.source.kinesis.leases.workers.worker_metrics import METRICS_SUFFIX
from punctuald.source.sqs.names import dead_letter_name

OPERATOR = "operator.json"
Called = Callable[..., set[Call]]


class Bench:
    """A queue with a dead-letter queue and a stream, and a daemon's configuration for both."""

    def __init__(self, directory: Path, queues_at: str, streams_at: str) -> None:
        self.name = f"actions-{uuid.uuid4().hex[:8]}"
        self.dead = dead_letter_name(self.name)
        self.config = directory / "config.toml"
        create_queue(queues_at, self.name, dead_letter=5)
        create_queue(streams_at, self.dead)
        kinesis = boto3.client("kinesis", region_name=REGION, endpoint_url=streams_at)
        kinesis.create_stream(StreamName=f"{self.name}-s", ShardCount=1)
        kinesis.close()
        (directory / "shop.py").write_text("def handle(message): pass\n")
        at = "".join(f'{key} = "{streams_at}"\n' for key in ("endpoint_url", "dynamodb_endpoint_url"))
        self.config.write_text(
            f'[[queue]]\nname = "{self.name}"\nhandler = "shop:handle"\nregion = "{REGION}"\n'
            f'endpoint_url = "{queues_at}"\n'
            f'[[stream]]\nname = "{self.name}-s"\nhandler = "shop:handle"\nregion = "{REGION}"\n{at}'
            f'dead_letter_endpoint_url = "{streams_at}"\ndead_letter_queue = "{self.dead}"\n'
        )


@pytest.fixture
def bench(tmp_path: Path, moto_endpoint: str, roto_endpoint: str) -> Bench:
    return Bench(tmp_path, moto_endpoint, roto_endpoint)


@pytest.fixture
def called(capsys: pytest.CaptureFixture[str]) -> Iterator[Called]:
    """Runs a command, and gives what it called."""
    with recording(everybodys=True) as recorder:

        def run(*arguments: str) -> set[Call]:
            recorder.take()
            assert status_of(arguments) in (0, 1), capsys.readouterr()
            return recorder.take()

        yield run


def actions(sids: Sequence[str], policy: str = OPERATOR) -> set[str]:
    return {action for statement in statements(policy) if statement["Sid"] in sids for action in statement["Action"]}


@pytest.mark.parametrize("command", [["check", "--connect"], ["doctor"]], ids=" ".join)
def test_a_look_calls_what_the_daemon_may_and_looks_at_two_things_more(
    bench: Bench, called: Called, command: list[str]
) -> None:
    calls = called(*command, "-c", str(bench.config))
    dead = {call.action for call in calls if call.resource == bench.dead}
    of_kcl = {call.action for call in calls if call.resource.endswith(METRICS_SUFFIX)}
    others = {
        call.action for call in calls if call.resource != bench.dead and not call.resource.endswith(METRICS_SUFFIX)
    }
    assert dead == {*actions(["LookAtDeadLetters"]), *allowed_dead_letters()}
    assert of_kcl == actions(["LookAtKcl"])
    assert others - allowed_actions("sqs.json", "kinesis.json") == set()


def allowed_dead_letters() -> set[str]:
    return {action for each in statements("sqs.json") if each["Sid"] == "DeadLetters" for action in each["Action"]}


def test_who_produces_needs_to_find_and_to_send(bench: Bench, called: Called, moto_endpoint: str) -> None:
    to_stream = called("produce", "--to", f"stream:{bench.name}-s", "--events", "2", "-c", str(bench.config))
    assert {call.action for call in to_stream} == actions(["ProduceToAStream"])
    at = ("--endpoint-url", moto_endpoint, "--region", REGION)
    to_queue = called("produce", "--to", f"queue:{bench.name}", "--events", "2", *at)
    assert {call.action for call in to_queue} == actions(["ProduceToAQueue"])


@pytest.mark.parametrize(
    ("command", "sids"),
    [
        (["create", "{name}-made"], ["Create"]),
        (["tune", "{name}", "--wait-time", "3", "--yes"], ["Tune"]),
        (["ls", "--prefix", "{name}"], ["ListAll", "ListEach"]),
        (["peek", "{name}"], ["Peek"]),
        (["redrive", "{dead}", "--filter", "body=goes"], ["RedriveFrom", "RedriveTo"]),
        (["purge", "{name}", "--yes"], ["Purge"]),
    ],
    ids=lambda part: part[0],
)
def test_each_queue_command_calls_what_its_statement_allows(
    bench: Bench, called: Called, moto_endpoint: str, command: list[str], sids: list[str]
) -> None:
    client = connect(moto_endpoint)
    for name in (bench.name, bench.dead):
        for body in ("goes", "stays"):
            client.send_message(QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"], MessageBody=body)
    at = ("--endpoint-url", moto_endpoint, "--region", REGION)
    calls = called("queue", *(word.format(name=bench.name, dead=bench.dead) for word in command), *at)
    allowed = actions(sids, "queues.json")
    assert {call.action for call in calls} == (allowed - {"sqs:GetQueueUrl"} if sids[0] == "ListAll" else allowed)
