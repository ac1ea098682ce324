"""The demo's topic, on the mock cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from punctuald.source.kafka.topic import KafkaTopic

from .embedded_kafka import mock_kafka
from .topic_sender import TopicSender, open_topic

PARTITIONS = 8
DEAD_LETTER_SUFFIX = ".dead"
EMPTY_FETCH_MS = 20
"""The mock answers a fetch that finds nothing only after so long, whatever comes meanwhile; a real broker answers when
something comes."""


@dataclass(frozen=True, slots=True)
class DemoTopic:
    """Where the topic is."""

    brokers: str
    name: str = "telemetry"
    service: str = "Kafka"
    kind: str = "topic"

    @property
    def description(self) -> str:
        """See `DemoSource` in `demo/run.py`."""
        return f"topic {self.name}, {PARTITIONS} partitions"

    @property
    def settings(self) -> Mapping[str, str | int]:
        """See `DemoSource` in `demo/run.py`."""
        return {
            "name": self.name,
            "brokers": self.brokers,
            "group_protocol": "auto",
            "dead_letter_topic": self.name + DEAD_LETTER_SUFFIX,
            'client."fetch.wait.max.ms"': EMPTY_FETCH_MS,
        }

    def open(self) -> TopicSender:
        """A sender to it."""
        return open_topic(KafkaTopic(self.name, self.name, self.brokers, group=""))


@contextmanager
def embedded_topic() -> Iterator[DemoTopic]:
    """On brokers that are there while the with-block runs. Raises `ServerStartError`."""
    name = DemoTopic("").name
    with mock_kafka({name: PARTITIONS, name + DEAD_LETTER_SUFFIX: 1}) as kafka:
        yield DemoTopic(kafka.bootstrap, name)
