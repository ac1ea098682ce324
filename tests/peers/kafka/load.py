"""A load of numbered records, at a rate that is kept whatever it meets."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from confluent_kafka import KafkaError, Message, Producer

from peers.kafka.admin import QUIET
from peers.log.load import Load, LoadError

SAFE: Mapping[str, Any] = {"acks": "all", "enable.idempotence": True, "linger.ms": 2}
FLUSH_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A record that Kafka has acknowledged. ``due_utc`` is when it had to be sent: one that was sent late for the
    producer's own reasons is late all the same. ``number`` grows by one within its key."""

    key: str
    number: int
    partition: int
    offset: int
    due_utc: float


class LoadProducer:
    """Produces a load to a topic; `run` may be called in a thread."""

    def __init__(self, settings: Mapping[str, Any], topic: str, load: Load) -> None:
        self._topic, self._load = topic, load
        self._producer = Producer({**QUIET, **SAFE, **settings})
        self._sent: list[Sent] = []
        self._failed: list[KafkaError] = []

    def run(self, count: int) -> Sequence[Sent]:
        """So many records. Returns when all is acknowledged. Raises `LoadError`."""
        begun_mono, begun_utc = time.monotonic(), time.time()
        for index in range(count):
            due_seconds = self._load.due_seconds(index)
            self._serve_until(begun_mono + due_seconds)
            self._produce(index, begun_utc + due_seconds)
        left = self._producer.flush(FLUSH_SECONDS)
        if left or self._failed:
            raise LoadError(f"{left} not acknowledged, {len(self._failed)} refused: {self._failed[:1]}")
        return self._sent

    def _serve_until(self, due_mono: float) -> None:
        """Acknowledgements come in while it waits."""
        self._producer.poll(0)
        while (left := due_mono - time.monotonic()) > 0:
            self._producer.poll(min(left, 0.05))

    def _produce(self, index: int, due_utc: float) -> None:
        key, number = self._load.record(index)
        body = orjson.dumps({**self._load.body(index), "due_utc": due_utc})

        def acknowledged(error: KafkaError | None, record: Message) -> None:
            if error is not None:
                self._failed.append(error)
                return
            partition, offset = record.partition(), record.offset()
            assert partition is not None
            assert offset is not None
            self._sent.append(Sent(key, number, partition, offset, due_utc))

        while True:
            try:
                self._producer.produce(self._topic, body, key, on_delivery=acknowledged)
            except BufferError:  # the broker is away: wait for it, and catch up afterwards
                self._producer.poll(0.05)
            else:
                return


def fill(settings: Mapping[str, Any], topic: str, count: int, keys: int = 64, padding: int = 0) -> Sequence[Sent]:
    """A backlog, as fast as it goes."""
    load = Load(per_second=float(count) * 1e6, keys=keys, padding=padding)
    return LoadProducer(settings, topic, load).run(count)
