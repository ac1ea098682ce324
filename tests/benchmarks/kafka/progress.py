"""How far a group has come and what it took, seen from outside: by what it has committed, at the moments of commits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.comparison.scenes import Throughput
from benchmarks.processes.consumer import Consumer, ConsumerError
from peers.kafka.admin import KafkaAdmin, committed

START_SECONDS = 60.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Step:
    """A look that found more committed than the one before, and right after it the processes' CPU time.

    Only these are compared with one another: who commits every three seconds has done more than what is committed at
    any other moment.
    """

    mono: float
    records: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Course:
    """``warm_records``: what is not looked at. It ends after ``seconds``, or ``records``."""

    group: str
    topic: str
    partitions: int
    records: int
    warm_records: int
    seconds: float


def throughput(admin: KafkaAdmin, course: Course, consumer: Consumer) -> Throughput:
    """Between the first step past the warm-up and the last one. Raises `ConsumerError`."""
    steps = _steps(admin, course, consumer)
    first, last = steps[0], steps[-1]
    records, cpu_seconds = last.records - first.records, last.cpu_seconds - first.cpu_seconds
    if records <= 0 or cpu_seconds <= 0:
        raise ConsumerError(f"{last.records} records committed, and then no more: {consumer.last_words()}")
    return Throughput(last.mono - first.mono, records, cpu_seconds)


def _steps(admin: KafkaAdmin, course: Course, consumer: Consumer) -> Sequence[Step]:
    asker = admin.asker(course.group)
    steps: list[Step] = []
    end_mono = time.monotonic() + START_SECONDS
    try:
        while time.monotonic() < end_mono:
            records = sum(committed(asker, course.topic, range(course.partitions)).values())
            if records > (steps[-1].records if steps else course.warm_records):
                steps.append(Step(time.monotonic(), records, consumer.cpu_seconds()))
                if len(steps) == 1:
                    end_mono = time.monotonic() + course.seconds
            if records >= course.records:
                break
            consumer.check_alive()
            time.sleep(LOOK_SECONDS)
    finally:
        asker.close()
    if not steps:
        raise ConsumerError(f"nothing committed in {START_SECONDS:g} s: {consumer.last_words()}")
    return steps
