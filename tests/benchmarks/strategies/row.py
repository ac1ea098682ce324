"""One row of the table: what a strategy's handlers wrote, as figures; or a word, where a row is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import quantile

TARGETS_SECONDS = (5.0, 3.0, 1.0)
"""The plan's: the service level first, and what it was to come to in two more steps."""

TIERS_SECONDS = {"peak_hours": 3.0, "off_hours": 10.0, "batch_mode": 60.0}
"""The daemon's default tiers."""


@dataclass(frozen=True, slots=True)
class Row:
    """``seconds`` are end to end, one for each event; none with ``left_out``, which says why. ``own`` is the daemon."""

    name: str
    seconds: Sequence[float] = ()
    requests_per_message: float | None = None
    own: bool = False
    left_out: str = ""

    @property
    def p50(self) -> float:
        """The median."""
        return quantile(self.seconds, 0.50)

    @property
    def p95(self) -> float:
        """What the targets are for."""
        return quantile(self.seconds, 0.95)

    def share_within(self, threshold_seconds: float) -> float:
        """Of all its events."""
        return sum(each <= threshold_seconds for each in self.seconds) / len(self.seconds)

    def kept(self) -> Sequence[float]:
        """The targets that its P95 keeps."""
        return [target for target in TARGETS_SECONDS if self.p95 <= target]


@dataclass(frozen=True, slots=True)
class TierRow:
    """Of the mix of tiers: one ``order`` of work, with the rows of its tiers by their names."""

    order: str
    tiers: dict[str, Row]
    own: bool = False

    @property
    def picture_row(self) -> Row:
        """Its urgent events, for whom the order matters."""
        return Row(f"{self.order}: peak hours", self.tiers["peak_hours"].seconds, own=self.own)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole run: ``machine`` is where and when."""

    rows: Sequence[Row]
    tiers: Sequence[TierRow]
    machine: str

    def picture_rows(self) -> Sequence[Row]:
        """The bars."""
        return [*self.rows, *(each.picture_row for each in self.tiers)]


def short(seconds: float) -> str:
    """With as many digits as a reader can use: 58, 4.9, 0.12."""
    if seconds >= 10:
        return f"{seconds:.0f} s"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
