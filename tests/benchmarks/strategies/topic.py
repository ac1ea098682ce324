"""The same events through Kafka, on the brokers that the demo has."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from confluent_kafka import Producer

from benchmarks.strategies.partitioned import measured
from benchmarks.strategies.row import Row
from benchmarks.strategies.traffic import Event
from benchmarks.strategies.trickle import MINUTE
from punctuald.demo.kafka.demo_topic import DemoTopic, embedded_topic

NAME = "6a. punctuald, from Kafka"


def measure(directory: Path, events: Sequence[Event] = MINUTE) -> Row:
    """About as long as the sending takes."""
    with embedded_topic() as topic:
        producer = Producer({"bootstrap.servers": topic.brokers, "linger.ms": 0, "log_level": 0})
        send = partial(_send, producer, topic.name)
        return measured(NAME, directory / "topic", _table(topic), os.environ, send, events)


def _send(producer: Producer, topic: str, event: Event) -> None:
    producer.produce(topic, event.body(), key=str(event.number))
    producer.flush(10)


def _table(topic: DemoTopic) -> str:
    """The defaults, but for an empty fetch, which the mock brokers end late."""
    return f"""\
[[topic]]
name = "{topic.name}"
brokers = "{topic.brokers}"
client."fetch.wait.max.ms" = {topic.settings['client."fetch.wait.max.ms"']}
"""
