"""Samples as rows, one a message: easier to write down and to look at than the columns that the product keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from punctuald.model import Samples
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


def record(writer: RowWriter, rows: Sequence[Sample]) -> None:
    """As one call to the source for each tier would."""
    for tier in sorted({row.tier for row in rows}):
        same = [row for row in rows if row.tier == tier]
        produce, queue, buffer, run, settle = zip(*[row[1:6] for row in same], strict=True)
        writer.sample(Samples(tier, produce, queue, buffer, run, settle, [row.met for row in same]))


def rows_of(samples: Samples) -> list[Sample]:
    """One a message, in their order."""
    return [Sample(samples.tier, *row) for row in zip(*samples[1:], strict=True)]
