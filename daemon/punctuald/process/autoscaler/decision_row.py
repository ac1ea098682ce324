"""Writes the last decision, and what it was made by, to the autoscaler's own row, for workers and for the observer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from punctuald.model import Backlog
from punctuald.policy.delivery.miss_cause import NEVER, Span, short_of_workers
from punctuald.policy.scaling.decide import Decision
from punctuald.stats.board.interval.scaling_words import ScalingWords, ScalingWriter


class DecisionRow:
    """``depths`` gives the backlog of each queue, by its index, as far as it is known."""

    def __init__(self, writer: ScalingWriter, depths: Callable[[], Mapping[int, Backlog]]) -> None:
        self._writer = writer
        self._depths = depths
        self._short: Span = NEVER

    def write(self, decision: Decision) -> None:
        """Once each tick."""
        seen = decision.observation
        self._short = short_of_workers(
            self._short, ordered=seen.workers_ordered, ready=seen.workers_ready, now_mono=seen.now_mono
        )
        self._writer.write(
            ScalingWords(
                decided_mono=seen.now_mono,
                workers=decision.workers,
                reason=decision.reason,
                caps={cap.guard: cap.workers for cap in decision.caps},
                head_age_seconds=None if seen.backlog is None else decision.demand.head_age_seconds,
                short=self._short,
                backlogs=self._depths(),
            )
        )
