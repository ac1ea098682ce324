"""What a consumer has done is compared between moments at which it was written, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from benchmarks.drained.progress import Span, throughput
from benchmarks.processes.consumer import Consumer, ConsumerError


@dataclass
class FakeConsumer:
    """Takes a second of CPU between two looks."""

    looks: Iterator[int] = field(default_factory=lambda: iter(range(1_000)))

    def cpu_seconds(self) -> float:
        return float(next(self.looks))

    def check_alive(self) -> None:
        """It is."""

    def last_words(self) -> str:
        return "tired"


def measured(done: list[int], warm_records: int = 0) -> tuple[int, float]:
    looks = iter(done)
    consumer = cast("Consumer", FakeConsumer())
    found = throughput(lambda: next(looks), Span(done[-1], warm_records, seconds=60.0), consumer)
    return found.messages, found.cpu_seconds


def test_only_looks_that_found_more_are_compared() -> None:
    assert measured([0, 10, 10, 10, 30, 30, 60]) == (50, 2.0)


def test_the_warm_up_is_left_out() -> None:
    assert measured([5, 10, 20, 25, 45], warm_records=10) == (25, 2.0)


def test_one_that_did_no_more_after_the_warm_up_is_quoted() -> None:
    with pytest.raises(ConsumerError, match="20 records done, and then no more: tired"):
        measured([0, 20], warm_records=10)
