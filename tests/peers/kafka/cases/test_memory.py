"""What a worker's client takes of memory while a large backlog stands before it and its handlers are slow."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from peers.kafka.load import fill
from peers.kafka.server import KafkaServer

TESTS = Path(__file__).parents[3]
MIB = 1 << 20
PARTITIONS, RECORDS, PADDING = 8, 48_000, 1_000
READ = """
import sys, time
import orjson, psutil
from confluent_kafka import Consumer
from punctuald.source.kafka.properties import consumer_properties
from punctuald.source.kafka.topic import KafkaTopic

brokers, topic, group, more = sys.argv[1], sys.argv[2], sys.argv[3], orjson.loads(sys.argv[4])
own = psutil.Process()
before = own.memory_info().rss
properties = consumer_properties(KafkaTopic(topic, topic, brokers, group), "consumer")
consumer = Consumer({**properties, **more, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
most, until = 0, time.monotonic() + 3.0
while time.monotonic() < until:
    consumer.consume(20, 0.2)
    time.sleep(0.02)
    most = max(most, own.memory_info().rss - before)
consumer.close()
print(most)
"""
DEFAULTS: Mapping[str, int] = {
    "queued.min.messages": 100_000,
    "queued.max.messages.kbytes": 65_536,
    "fetch.max.bytes": 52_428_800,
    "fetch.queue.backoff.ms": 1_000,
}
"""The library's own."""


@pytest.fixture(scope="module")
def backlog(kafka: KafkaServer) -> str:
    kafka.create_topic("memory", PARTITIONS)
    fill(kafka.client_settings(), "memory", RECORDS, padding=PADDING)
    return "memory"


def grown_bytes(kafka: KafkaServer, topic: str, group: str, more: Mapping[str, int]) -> int:
    """Of a process of its own, by its client."""
    command = [sys.executable, "-c", READ, kafka.bootstrap(), topic, group, orjson.dumps(more).decode()]
    environ = {**os.environ, "PYTHONPATH": str(TESTS)}
    return int(subprocess.run(command, capture_output=True, check=True, timeout=60, env=environ).stdout)


def test_a_worker_holds_a_few_mebibytes_of_a_backlog_and_not_all_of_it(kafka: KafkaServer, backlog: str) -> None:
    ours, defaults = (grown_bytes(kafka, backlog, name, more) for name, more in (("ours", {}), ("theirs", DEFAULTS)))
    grown = f"grown by {ours / MIB:.1f} MiB, by the library's defaults {defaults / MIB:.1f} MiB"
    assert ours < 32 * MIB, grown
    assert ours < defaults / 2, grown
