"""Records for everybody, made once: each contestant reads them as a group of its own."""

from __future__ import annotations

import orjson
from confluent_kafka import Producer

from peers.kafka.admin import QUIET
from peers.kafka.server import KafkaServer

PADDING = "x" * 150
FLUSH_SECONDS = 120.0


class BacklogError(RuntimeError):
    """Kafka did not take all."""


def make(kafka: KafkaServer, topic: str, partitions: int, records: int, keys: int) -> None:
    """JSON of some 200 bytes; keys take turns."""
    kafka.create_topic(topic, partitions)
    producer = Producer({**QUIET, **kafka.client_settings(), "linger.ms": 20, "queue.buffering.max.messages": 200_000})
    for number in range(records):
        body = orjson.dumps({"number": number, "key": f"key-{number % keys}", "padding": PADDING})
        while True:
            try:
                producer.produce(topic, body, f"key-{number % keys}")
            except BufferError:
                producer.poll(0.05)
            else:
                break
    producer.flush(FLUSH_SECONDS)
    if sum(kafka.ends(topic).values()) != records:
        raise BacklogError(f"{kafka.ends(topic)} instead of {records} records")
