"""How far a group has come: by what it has committed."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.comparison.scenes import Throughput
from benchmarks.drained import progress
from benchmarks.drained.progress import Span
from benchmarks.processes.consumer import Consumer
from peers.kafka.admin import KafkaAdmin, committed


@dataclass(frozen=True, slots=True)
class Course:
    """What a group goes through."""

    group: str
    topic: str
    partitions: int
    span: Span


def throughput(admin: KafkaAdmin, course: Course, consumer: Consumer) -> Throughput:
    """See `benchmarks.drained.progress.throughput`."""
    asker = admin.asker(course.group)

    def count_committed() -> int:
        return sum(committed(asker, course.topic, range(course.partitions)).values())

    try:
        return progress.throughput(count_committed, course.span, consumer)
    finally:
        asker.close()
