"""Adds up what all workers wrote, for people. The little that the autoscaler needs each second is in `pool_totals`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import add

from punctuald.model import Metric, Stage
from punctuald.policy.delivery.tiers import compliance, error_budget_left
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.board import Board
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.board.seqlock import same_objects
from punctuald.stats.snapshot import Snapshot, StageSummary, TierSummary

from . import tier_record
from .histogram import Histogram
from .tier_record import Pair, RecordRow, TierRecord


class Aggregator:
    """Reads one or more boards, the newest last; a reload adds one while old workers still write the old one.

    Queues and tiers are added up by name, in the newest board's order; those that only older boards have come last.
    ``threshold_seconds`` must have every tier of every board.
    """

    def __init__(self, boards: Sequence[Board], *, threshold_seconds: Mapping[str, float], objective: float) -> None:
        newest_first = [board.layout for board in reversed(boards)]
        self._queues = _names(layout.queues for layout in newest_first)
        self._tiers = _names(layout.tiers for layout in newest_first)
        self._thresholds = {tier: threshold_seconds[tier] for tier in self._tiers}
        self._objective = objective
        self._attached = ActiveRows(boards, RecordRow)
        self._records: list[dict[Pair, TierRecord]] = []
        self._summaries: tuple[TierSummary, ...] = ()

    def snapshot(self) -> Snapshot:
        """Everything, as of now."""
        rows = self._attached.read()
        workers = [row.view for row in rows if row.view.is_worker]
        return Snapshot(
            counters=self._counters(rows),
            tiers=self._tier_summaries(rows),
            workers_ready=sum(view.ready_mono is not None for view in workers),
            busy_slots=sum(view.busy_slots for view in workers),
        )

    def _counters(self, rows: Iterable[RecordRow]) -> dict[str, dict[Metric, int]]:
        totals = {queue: [0] * len(Metric) for queue in self._queues}
        for row in rows:
            counts = row.view.counts()
            for place, queue in enumerate(row.view.layout.queues):
                own = counts[row.view.layout.counters_of(place)]
                totals[queue] = list(map(add, totals[queue], own))
        return {queue: dict(zip(Metric, counts, strict=True)) for queue, counts in totals.items()}

    def _tier_summaries(self, rows: Sequence[RecordRow]) -> tuple[TierSummary, ...]:
        records = [row.records.read() for row in rows]
        if not self._summaries or not same_objects(records, self._records):
            self._records, self._summaries = records, self._summarise(rows, records)
        return self._summaries

    def _summarise(
        self, rows: Iterable[RecordRow], records: Iterable[dict[Pair, TierRecord]]
    ) -> tuple[TierSummary, ...]:
        by_tier: dict[str, list[TierRecord]] = {tier: [TierRecord()] for tier in self._tiers}
        for row, own in zip(rows, records, strict=True):
            for (_, tier), record in own.items():
                by_tier[row.view.layout.tiers[tier]].append(record)
        return tuple(self._summary(tier, tier_record.merged(of_tier)) for tier, of_tier in by_tier.items())

    def _summary(self, tier: str, record: TierRecord) -> TierSummary:
        return TierSummary(
            name=tier,
            threshold_seconds=self._thresholds[tier],
            met=record.met,
            missed=record.missed,
            compliance=compliance(record.met, record.missed),
            budget_left=error_budget_left(record.met, record.missed, self._objective),
            stages={stage: _stage_summary(record.stages[stage]) for stage in Stage},
        )


def _names(named: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Each name once, in the order of its first mention."""
    return tuple(dict.fromkeys(name for names in named for name in names))


def _stage_summary(histogram: Histogram) -> StageSummary:
    return StageSummary(
        count=histogram.count,
        mean=histogram.mean_us / MICROSECONDS,
        p50=histogram.quantile_us(0.50) / MICROSECONDS,
        p95=histogram.quantile_us(0.95) / MICROSECONDS,
        p99=histogram.quantile_us(0.99) / MICROSECONDS,
        max=histogram.max_us / MICROSECONDS,
    )
