"""How many records of a shard are still to be read: Kinesis says only how old the next one is."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

SHORTEST_SPAN_SECONDS = 0.001
"""Arrival times have milliseconds."""

FEWEST_RECORDS = 2
"""One record alone has no density."""


@dataclass(frozen=True, slots=True)
class Density:
    """``records`` that arrived at Kinesis within ``span_seconds``, as one read brought them."""

    records: int
    span_seconds: float

    @property
    def per_second(self) -> float:
        """How many a second."""
        return self.records / max(self.span_seconds, SHORTEST_SPAN_SECONDS)


def records_behind(behind_seconds: float, density: Density | None) -> int:
    """``behind_seconds`` is MillisBehindLatest of the last answer.

    What comes next is taken to be as dense as what came last. Where too little came to say, it is one record: more
    would be invented, and none would be untrue.
    """
    if behind_seconds <= 0:
        return 0
    if density is None or density.records < FEWEST_RECORDS:
        return 1
    return max(1, ceil(behind_seconds * density.per_second))
