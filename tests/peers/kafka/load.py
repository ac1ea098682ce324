"""A load of numbered records, at a rate that is kept whatever it meets."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

import orjson
from confluent_kafka import KafkaError, Message, Producer

from peers.kafka.admin import QUIET

SAFE: Mapping[str, Any] = {"acks": "all", "enable.idempotence": True, "linger.ms": 2}
FLUSH_SECONDS = 120.0


class LoadError(RuntimeError):
    """Kafka did not take a record: then nobody can say what should have been handled."""


@dataclass(frozen=True, slots=True)
class Load:
    """Keys take turns. Records begin at ``first_number``, for one load after another; a value has ``padding`` bytes
    more than it needs."""

    topic: str
    per_second: float
    seconds: float
    keys: int = 16
    padding: int = 0
    first_number: int = 0

    @property
    def count(self) -> int:
        """Records in all."""
        return round(self.per_second * self.seconds)


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
    """Produces one load; `run` may be called in a thread."""

    def __init__(self, settings: Mapping[str, Any], load: Load) -> None:
        self._load = load
        self._producer = Producer({**QUIET, **SAFE, **settings})
        self._sent: list[Sent] = []
        self._failed: list[KafkaError] = []
        self._stopped = Event()

    def run(self) -> Sequence[Sent]:
        """Returns when all is acknowledged. Raises `LoadError`."""
        begun_mono, begun_utc = time.monotonic(), time.time()
        for index in range(self._load.count):
            due_seconds = index / self._load.per_second
            self._serve_until(begun_mono + due_seconds)
            if self._stopped.is_set():
                break
            self._produce(index, begun_utc + due_seconds)
        left = self._producer.flush(FLUSH_SECONDS)
        if left or self._failed:
            raise LoadError(f"{left} not acknowledged, {len(self._failed)} refused: {self._failed[:1]}")
        return self._sent

    def stop(self) -> None:
        """Send no more."""
        self._stopped.set()

    def _serve_until(self, due_mono: float) -> None:
        """Acknowledgements come in while it waits."""
        self._producer.poll(0)
        while (left := due_mono - time.monotonic()) > 0 and not self._stopped.is_set():
            self._producer.poll(min(left, 0.05))

    def _produce(self, index: int, due_utc: float) -> None:
        load = self._load
        key, number = f"key-{index % load.keys}", load.first_number + index // load.keys
        body = {"key": key, "number": number, "due_utc": due_utc, "padding": "x" * load.padding}

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
                self._producer.produce(load.topic, orjson.dumps(body), key, on_delivery=acknowledged)
            except BufferError:  # the broker is away: wait for it, and catch up afterwards
                self._producer.poll(0.05)
            else:
                return


def fill(settings: Mapping[str, Any], topic: str, count: int, keys: int = 64, padding: int = 0) -> Sequence[Sent]:
    """A backlog, as fast as it goes."""
    load = Load(topic, per_second=float(count) * 1e6, seconds=1e-6, keys=keys, padding=padding)
    return LoadProducer(settings, load).run()
