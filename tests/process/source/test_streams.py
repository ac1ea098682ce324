"""A stream beside a queue: the same workers, the same figures, and neither is held up by what the other lacks."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import boto3
import pytest

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops
from punctuald.demo.queues import create_queue
from punctuald.demo.servers import REGION

REJECTS_BAD = """
def handle(message: Message) -> None:
    if message.body == "bad":
        raise Reject("not for us")
    note("handled", message)
"""


class Stream:
    """One of two shards, its lease table's name, and its dead-letter queue."""

    def __init__(self, endpoint_url: str) -> None:
        self.url = endpoint_url
        self.name = f"clicks-{uuid.uuid4().hex[:8]}"
        self.dead_letters = create_queue(endpoint_url, f"{self.name}-dead")
        self._kinesis, self._sqs = (self._client(service) for service in ("kinesis", "sqs"))

    def make(self) -> None:
        self._kinesis.create_stream(StreamName=self.name, ShardCount=2)

    def put(self, *bodies: str) -> None:
        for body in bodies:
            self._kinesis.put_record(StreamName=self.name, Data=body.encode(), PartitionKey=body)

    def table(self) -> str:
        """For a configuration."""
        places = ("endpoint_url", "dynamodb_endpoint_url", "dead_letter_endpoint_url")
        endpoints = "".join(f'{place} = "{self.url}"\n' for place in places)
        return (
            f'\n[[stream]]\nname = "{self.name}"\nhandler = "work:handle"\nregion = "{REGION}"\n{endpoints}'
            f'dead_letter_queue = "{self.name}-dead"\nidle_poll_interval_seconds = 0.25\n'
        )

    def rejected(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self.dead_letters, MessageAttributeNames=["All"], WaitTimeSeconds=1)
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    def close(self) -> None:
        self._kinesis.close()
        self._sqs.close()

    def _client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.url, region_name=REGION)


@pytest.fixture
def stream(roto_endpoint: str) -> Iterator[Stream]:
    with closing(Stream(roto_endpoint)) as made:
        yield made


def configure_with(daemon: DaemonUnderTest, stream: Stream, more: str = "", **sections: Mapping[str, Any]) -> None:
    daemon.configure(logging={"interval_seconds": 1}, scaling={"backlog_interval_seconds": 1}, **sections)
    daemon.write_config((daemon.directory / "config.toml").read_text() + stream.table() + more)


def backlogs(daemon: DaemonUnderTest, source: str) -> list[dict[str, Any]]:
    lines = daemon.events("stats.interval", scope="queue", queue=source)
    return [line["backlog"] for line in lines if "backlog" in line]


@on_both_loops
def test_one_worker_serves_a_queue_and_a_stream_and_says_how_far_behind_it_is(
    daemon: DaemonUnderTest, stream: Stream
) -> None:
    stream.make()
    daemon.write_handler(REJECTS_BAD)
    configure_with(daemon, stream)
    daemon.launch()
    daemon.wait_for("daemon.ready", unavailable=[])
    parcels = daemon.send("parcel-1", "parcel-2")
    stream.put("click-1", "bad", "click-2")
    daemon.wait_done(parcels)
    daemon.wait_for("message.rejected", queue=stream.name)
    daemon.wait_noted("handled", 4)
    assert len({pid for _, pid in daemon.notes("handled")}) == 1, "the same worker"
    [letter] = stream.rejected()
    assert letter["Body"] == "bad"
    assert letter["MessageAttributes"]["punctuald.reason"]["StringValue"] == "not for us"

    def said() -> bool:
        stream.put("one-more")  # what has nothing to do has no line of its own
        return bool(backlogs(daemon, stream.name))

    daemon.wait_until(said, "a backlog in an interval's line")
    assert backlogs(daemon, stream.name)[-1]["behind_seconds"] >= 0
    assert daemon.events("scale.backlog_unknown") == []


def test_at_the_start_a_missing_stream_is_named_and_used_as_soon_as_it_is_made(
    daemon: DaemonUnderTest, stream: Stream
) -> None:
    daemon.write_handler(REJECTS_BAD)
    configure_with(daemon, stream)
    daemon.launch()
    assert daemon.wait_for("daemon.ready")["unavailable"] == [stream.name]
    assert stream.name in daemon.wait_for("queue.unavailable")["text"]
    daemon.wait_done(daemon.send("parcel"))
    stream.make()
    daemon.wait_for("queue.available", queue=stream.name)
    stream.put("late-click")
    daemon.wait_noted("handled", 2)


def test_a_killed_workers_shards_are_read_on_by_its_neighbour_long_before_their_leases_expire(
    daemon: DaemonUnderTest, stream: Stream
) -> None:
    stream.make()
    daemon.write_handler(REJECTS_BAD)
    never = "failover_seconds = 300\n"
    configure_with(daemon, stream, never, pool={"min_workers": 2, "max_workers": 2})
    daemon.launch()
    daemon.wait_for("kinesis.lease_taken", count=2)
    daemon.wait_until(lambda: len(readers(daemon)) == 2, "a shard for each worker")
    victim = daemon.workers()[0]
    os.kill(victim, signal.SIGKILL)
    stream.put(*(f"click-{number}" for number in range(20)))
    daemon.wait_noted("handled", 20)
    assert daemon.wait_for("kinesis.lease_taken", how="dead")


def readers(daemon: DaemonUnderTest) -> set[int]:
    """The workers that hold a lease now, as their log says."""
    holders: dict[str, int] = {}
    for event in daemon.events("kinesis.lease_taken"):
        holders[event["shard"]] = event["worker"]
    return set(holders.values())
