"""Samples as rows, one a message: easier to write down and to look at than the columns that the product keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from punctuald.model import Samples
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.stats.board.row_writer import RowWriter


class Sample(NamedTuple):
    """Where one message's time went."""

    tier: int
    produce_seconds: float
    queue_seconds: float
    ready_seconds: float
    handle_seconds: float
    settle_seconds: float
    met: bool
    queue: int = 0
    cause: MissCause = MissCause.QUEUE  # where it did not meet its tier


seconds = st.floats(0, 100)
samples = st.builds(
    Sample,
    *(st.integers(0, 1), seconds, seconds, seconds, seconds, seconds, st.booleans()),
    st.integers(0, 1),
    st.sampled_from(MissCause),
)
"""Any, of two tiers and two queues."""


def record(writer: RowWriter, rows: Sequence[Sample]) -> None:
    """As one call to the source for each queue and tier would."""
    for queue, tier in sorted({(row.queue, row.tier) for row in rows}):
        same = [row for row in rows if (row.queue, row.tier) == (queue, tier)]
        produce, waited, ready, handle, settle = zip(*[row[1:6] for row in same], strict=True)
        causes = [row.cause for row in same if not row.met]
        met = [row.met for row in same]
        writer.sample(Samples(queue, tier, produce, waited, ready, handle, settle, met, causes))


def rows_of(samples: Samples) -> list[Sample]:
    """One a message, in their order."""
    causes = iter(samples.missed_by)
    columns = zip(
        samples.produce_seconds,
        samples.queue_seconds,
        samples.ready_seconds,
        samples.handle_seconds,
        samples.settle_seconds,
        samples.met,
        strict=True,
    )
    return [
        Sample(samples.tier, *row)._replace(
            queue=samples.queue, cause=MissCause.QUEUE if row[-1] else MissCause(next(causes))
        )
        for row in columns
    ]
