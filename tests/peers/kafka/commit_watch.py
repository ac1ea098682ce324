"""Looks at a group's committed offsets all the time, from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

from confluent_kafka import KafkaException

from peers.kafka.admin import KafkaAdmin, committed
from peers.log.watch import Watch

LOOK_SECONDS = 0.1


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


class CommitWatch(Watch[Look]):
    """``with CommitWatch(kafka, "group", "events", 4) as watch: …``: looks begin each tenth of a second."""

    def __init__(self, admin: KafkaAdmin, group: str, topic: str, partitions: int) -> None:
        super().__init__("commit watch")
        self._asker = admin.asker(group)
        self._topic, self._partitions = topic, range(partitions)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        self._asker.close()

    def look(self) -> Look | None:
        try:
            offsets = committed(self._asker, self._topic, self._partitions)
        except KafkaException:
            return None
        return Look(time.time(), offsets)

    def pause_seconds(self, took_seconds: float) -> float:
        return LOOK_SECONDS - took_seconds


def rewinds(looks: Sequence[Look]) -> Iterator[Rewind]:
    """Each time that an offset went back from one look to a later one, or was gone."""
    known: dict[int, int] = {}
    for look in looks:
        for partition, offset in known.items():
            now = look.offsets.get(partition, 0)
            if now < offset:
                yield Rewind(partition, offset, now, look.ended_utc)
        known = dict(look.offsets)
