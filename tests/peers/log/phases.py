"""How late records were, step by step, and what was logged meanwhile. Pure functions."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from peers.log.records import Due, Ran, first_runs, id_of


@dataclass(frozen=True, slots=True)
class Phase:
    """From one step to the next. ``is_takeover``: partitions are nobody's meanwhile. ``names`` are those of events."""

    name: str
    is_takeover: bool
    begun_utc: float
    ended_utc: float
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class PhaseFigures:
    """Seconds, of the records that were due in the phase."""

    phase: Phase
    records: int
    p50: float
    p95: float
    longest: float

    def __str__(self) -> str:
        seconds = self.phase.ended_utc - self.phase.begun_utc
        late = f"P50 {self.p50 * 1000:.0f} ms  P95 {self.p95 * 1000:.0f} ms  longest {self.longest:.2f} s"
        lines = Counter(self.phase.names)
        named = ", ".join(f"{count} {name}" for name, count in lines.most_common(6))
        return f"{self.phase.name:36} {seconds:5.1f} s  {self.records:6}  {late}  {lines.total()} lines ({named})"


def figures_of(phases: Sequence[Phase], sent: Sequence[Due], handled: Sequence[Ran]) -> Sequence[PhaseFigures]:
    """Of each phase. Records due before the first one are not counted."""
    first = first_runs(handled)
    late: list[list[float]] = [[] for _ in phases]
    begins = [phase.begun_utc for phase in phases]
    for each in sent:
        place = bisect_right(begins, each.due_utc) - 1
        if place >= 0 and id_of(each) in first:
            late[place].append(first[id_of(each)].utc - each.due_utc)
    return [_figures(phase, sorted(seconds)) for phase, seconds in zip(phases, late, strict=True)]


def _figures(phase: Phase, late: Sequence[float]) -> PhaseFigures:
    if not late:
        return PhaseFigures(phase, 0, 0.0, 0.0, 0.0)
    return PhaseFigures(phase, len(late), late[len(late) // 2], late[int(0.95 * len(late))], late[-1])


def takeovers(phases: Sequence[PhaseFigures]) -> str:
    """How long records waited at most, in the middle and at worst, each time that something of a kind was done."""
    longest: dict[str, list[float]] = {}
    for figures in phases:
        longest.setdefault(figures.phase.name, []).append(figures.longest)
    rows = (
        f"{name:36} longest wait: median {median(seconds):.2f} s, at worst {max(seconds):.2f} s, of {len(seconds)}"
        for name, seconds in longest.items()
    )
    return "\n".join([*rows, ""])
