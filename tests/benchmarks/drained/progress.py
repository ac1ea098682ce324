"""How far a consumer of a log has come and what it took, seen from outside: by what is written of it, when it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.comparison.scenes import Throughput
from benchmarks.processes.consumer import Consumer, ConsumerError

START_SECONDS = 120.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Step:
    """A look that found more done than the one before, and right after it the processes' CPU time.

    Only these are compared with one another: who commits every three seconds has done more than what is committed at
    any other moment.
    """

    mono: float
    records: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Span:
    """``warm_records``: what is not looked at. It ends ``seconds`` after these, or with all ``records``."""

    records: int
    warm_records: int
    seconds: float


def throughput(count_done: Callable[[], int], span: Span, consumer: Consumer) -> Throughput:
    """Between the first step past the warm-up and the last one. Raises `ConsumerError`."""
    steps = _steps(count_done, span, consumer)
    first, last = steps[0], steps[-1]
    records, cpu_seconds = last.records - first.records, last.cpu_seconds - first.cpu_seconds
    if records <= 0 or cpu_seconds <= 0:
        raise ConsumerError(f"{last.records} records done, and then no more: {consumer.last_words()}")
    return Throughput(last.mono - first.mono, records, cpu_seconds)


def _steps(count_done: Callable[[], int], span: Span, consumer: Consumer) -> Sequence[Step]:
    steps: list[Step] = []
    end_mono = time.monotonic() + START_SECONDS
    while time.monotonic() < end_mono:
        records = count_done()
        if records > (steps[-1].records if steps else span.warm_records):
            steps.append(Step(time.monotonic(), records, consumer.cpu_seconds()))
            if len(steps) == 1:
                end_mono = time.monotonic() + span.seconds
        if records >= span.records:
            break
        consumer.check_alive()
        time.sleep(LOOK_SECONDS)
    if not steps:
        raise ConsumerError(f"nothing done in {START_SECONDS:g} s: {consumer.last_words()}")
    return steps
