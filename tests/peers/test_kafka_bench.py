"""The bench of Kafka measures what a consumer has done, and says of one that can't do anything why."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.comparison.scenes import CORES
from benchmarks.drained.contestants import environ
from benchmarks.drained.progress import Span
from benchmarks.kafka import backlog
from benchmarks.kafka.contestants import CONTESTANTS, Place
from benchmarks.kafka.progress import Course, throughput
from benchmarks.processes.consumer import ConsumerError, running
from peers.kafka.server import KafkaServer

RECORDS = 4_000
SLOWLY = {"BENCH_WORK": "sleep", "BENCH_SLEEP_SECONDS": "0.0005"}  # so that it commits more than once
[BATCHES] = [each for each in CONTESTANTS if each.name == "batches-loop"]


@pytest.fixture(scope="module")
def topic(kafka: KafkaServer) -> str:
    backlog.make(kafka, "benched", 2, RECORDS, 8)
    return "benched"


def command(kafka: KafkaServer, topic: str, group: str, directory: Path) -> list[str]:
    kafka.alter_commits(group, topic, {0: 0, 1: 0})
    place = Place(kafka.bootstrap(), topic, group, directory)
    return [*BATCHES.command(BATCHES.environment(), place)]


def test_a_consumer_is_measured_by_what_its_group_has_committed(kafka: KafkaServer, topic: str, tmp_path: Path) -> None:
    course = Course("measured", topic, 2, Span(RECORDS, warm_records=0, seconds=20.0))
    program = command(kafka, topic, "measured", tmp_path)
    with running([program], environ(SLOWLY), set(CORES), tmp_path / "log") as consumer:
        found = throughput(kafka, course, consumer)
    assert 0 < found.messages < RECORDS
    assert found.seconds > 0
    assert found.cpu_seconds > 0
    assert sum(kafka.commits("measured", topic).values()) == RECORDS


def test_one_that_ends_is_quoted(kafka: KafkaServer, topic: str, tmp_path: Path) -> None:
    course = Course("broken", topic, 2, Span(RECORDS, warm_records=0, seconds=20.0))
    program = command(kafka, topic, "broken", tmp_path)
    with (
        running([program], environ({"BENCH_WORK": "no such work"}), set(CORES), tmp_path / "log") as consumer,
        pytest.raises(ConsumerError, match="no such work"),
    ):
        throughput(kafka, course, consumer)
