"""Looks at a group's committed offsets all the time, from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException

from peers.kafka.admin import KafkaAdmin, committed

LOOK_SECONDS = 0.1
END_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Look:
    """The offsets by partition, as they were at some moment before ``ended_utc``."""

    ended_utc: float
    offsets: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Rewind:
    """A committed offset went back: somebody committed for a partition that was no longer its own."""

    partition: int
    from_offset: int
    to_offset: int
    utc: float


class CommitWatch:
    """``with CommitWatch(kafka, "group", "events", 4) as watch: …``; what it saw is in ``looks``.

    While the broker is away it sees nothing. It is a thread: whoever forks does so before or after.
    """

    def __init__(self, admin: KafkaAdmin, group: str, topic: str, partitions: int) -> None:
        self._asker = admin.asker(group)
        self._topic, self._partitions = topic, range(partitions)
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="commit watch", daemon=True)
        self.looks: list[Look] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(END_SECONDS)
        self._asker.close()

    def _watch(self) -> None:
        due_mono = time.monotonic()
        while True:
            last = self._stopped.is_set()  # one more look, at what was committed last
            self._look()
            if last:
                return
            due_mono = max(due_mono + LOOK_SECONDS, time.monotonic())
            self._stopped.wait(due_mono - time.monotonic())

    def _look(self) -> None:
        try:
            offsets = committed(self._asker, self._topic, self._partitions)
        except KafkaException:
            return
        self.looks.append(Look(time.time(), offsets))


def rewinds(looks: Sequence[Look]) -> Iterator[Rewind]:
    """Each time that an offset went back from one look to a later one, or was gone."""
    known: dict[int, int] = {}
    for look in looks:
        for partition, offset in known.items():
            now = look.offsets.get(partition, 0)
            if now < offset:
                yield Rewind(partition, offset, now, look.ended_utc)
        known = dict(look.offsets)
