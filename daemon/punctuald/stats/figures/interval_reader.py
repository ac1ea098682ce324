"""Reads what was counted since the last interval that was logged, over all boards, rows and deaths of workers.

What was logged last is on the boards themselves, in words that only the observer writes: so a new observer goes on
where the one before it ended, and neither repeats nor forgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import add

from punctuald.model import Metric, Stage
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.board import Board
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.board.row_reader import RowReader

from . import tier_record
from .board_totals import BoardReader, BoardTotals, of_numbers
from .decisions import DecisionReader
from .intervals import DecisionFigures, Interval, QueueFigures, QueueNow, Slowest, Standing, TierFigures
from .queue_figures import queue_figures
from .tier_record import TierRecord, outcome_reader

Named = dict[tuple[str, str], list[TierRecord]]
"""Records by the names of queue and tier."""


class IntervalReader:
    """Reads one or more boards, the newest last. ``threshold_seconds`` must have every tier of every board.

    One process at a time may call `logged`: the observer.
    """

    def __init__(self, boards: Sequence[Board], *, threshold_seconds: Mapping[str, float]) -> None:
        self._thresholds = threshold_seconds
        self._boards = [BoardReader(board) for board in boards]
        self._kept = [board.logged() for board in boards]
        self._logged = [of_numbers(kept.read()) for kept in self._kept]
        self._read: list[BoardTotals] = []
        self._decisions = DecisionReader(boards)
        self._outcomes = ActiveRows(boards, _Outcomes)

    def read(self, now_mono: float) -> Interval:
        """What was counted since the last interval that `logged` was called for. Changes nothing: read again, it has
        the same and what came since, so an interval that could not be written is part of the next."""
        self._read = [board.totals() for board in self._boards]
        counted = [now.since(before) for now, before in zip(self._read, self._logged, strict=True)]
        interval = self._interval(counted, now_mono)
        return replace(
            interval,
            tiers=tuple(each for each in interval.tiers if each.overdue or not each.is_empty),
            queues=tuple(each for each in interval.queues if not each.is_empty),
        )

    def since_start(self, now_mono: float) -> Interval:
        """All that was counted since the daemon began, of all queues, also those where nothing was; `logged` knows
        nothing of it."""
        return self._interval([board.totals() for board in self._boards], now_mono)

    def _interval(self, counted: Sequence[BoardTotals], now_mono: float) -> Interval:
        workers = [view for board in self._boards for view in board.views() if view.is_worker]
        ready = [view for view in workers if view.ready_mono is not None]
        return Interval(
            tiers=self._tiers(counted),
            queues=self._queues(counted),
            workers_ready=len(ready),
            busy_slots=sum(view.busy_slots for view in ready),
            decision=self.decision(now_mono),
            read_mono=now_mono,
        )

    def logged(self) -> None:
        """The interval that was read last is in the log: the next one begins where it ended."""
        for kept, totals in zip(self._kept, self._read, strict=True):
            kept.write(totals.numbers())
        self._logged = self._read

    def follow(self) -> None:
        """Another reader of this process logged an interval: count from where that ended."""
        self._logged = [of_numbers(kept.read()) for kept in self._kept]

    def standings(self) -> tuple[Standing, ...]:
        """How each queue and tier stands, those that had no message left out. Much cheaper than `read`."""
        named: Named = {}
        for row in self._outcomes.read():
            for (queue, tier), record in row.records.read().items():
                named.setdefault((row.view.layout.queues[queue], row.view.layout.tiers[tier]), []).append(record)
        return tuple(self._standing(*pair, records) for pair, records in named.items())

    def queues_now(self) -> tuple[QueueNow, ...]:
        """What waits at each queue's source. Much cheaper than `read`."""
        totals: dict[str, tuple[int, int]] = {}
        for row in self._outcomes.read():
            counts = row.view.counts()
            for place, queue in enumerate(row.view.layout.queues):
                received, empty = totals.get(queue, (0, 0))
                own = counts[row.view.layout.counters_of(place)]
                totals[queue] = (received + own[Metric.RECEIVED], empty + own[Metric.RECEIVE_EMPTY])
        backlogs = self._decisions.backlogs()
        return tuple(QueueNow(queue, *total, backlogs.get(queue)) for queue, total in totals.items())

    def decision(self, now_mono: float) -> DecisionFigures | None:
        """The autoscaler's last one."""
        return self._decisions.read(now_mono)

    def _standing(self, queue: str, tier: str, records: Sequence[TierRecord]) -> Standing:
        total = tier_record.merged_outcomes(records)
        return Standing(
            queue,
            tier,
            self._thresholds[tier],
            total.met,
            _by_cause(total),
            total.overdue,
            total.worst_overdue_us / MICROSECONDS,
        )

    def _tiers(self, counted: Sequence[BoardTotals]) -> tuple[TierFigures, ...]:
        named: Named = {}
        for board, totals in zip(self._boards, counted, strict=True):
            for (queue, tier), record in totals.records.items():
                named.setdefault((board.layout.queues[queue], board.layout.tiers[tier]), []).append(record)
        return tuple(self._tier(*pair, tier_record.merged(records)) for pair, records in named.items())

    def _tier(self, queue: str, tier: str, record: TierRecord) -> TierFigures:
        return TierFigures(
            queue,
            tier,
            self._thresholds[tier],
            record.met,
            _by_cause(record),
            dict(zip(Stage, record.stages, strict=True)),
            record.overdue,
            record.worst_overdue_us / MICROSECONDS,
        )

    def _queues(self, counted: Sequence[BoardTotals]) -> tuple[QueueFigures, ...]:
        backlogs = self._decisions.backlogs()
        names = dict.fromkeys(name for board in reversed(self._boards) for name in board.layout.queues)
        return tuple(queue_figures(name, *self._of_queue(name, counted), backlogs.get(name)) for name in names)

    def _of_queue(
        self, name: str, counted: Sequence[BoardTotals]
    ) -> tuple[Sequence[int], Mapping[str, int], Slowest | None]:
        """Counts by `Metric`, errors by kind, and the slowest run, over all boards that have the queue."""
        counts, errors, runs = [0] * len(Metric), dict[str, int](), list[tuple[float, str]]()
        for board, totals in zip(self._boards, counted, strict=True):
            if name not in board.layout.queues:
                continue
            queue = board.layout.queues.index(name)
            counts = list(map(add, counts, totals.counts[board.layout.counters_of(queue)]))
            for (of_queue, kind), count in totals.errors.items():
                if of_queue == queue and count:
                    text = board.kinds[kind]
                    errors[text] = errors.get(text, 0) + count
            runs += [run for view in board.views() if (run := view.slowest_run(queue)) is not None]
        seconds, message_id = max(runs, default=(0.0, ""))
        return counts, errors, Slowest(message_id, seconds) if message_id else None


class _Outcomes:
    def __init__(self, view: RowReader) -> None:
        self.view = view
        self.records = outcome_reader(view.words, view.layout)


def _by_cause(record: TierRecord) -> dict[MissCause, int]:
    return dict(zip(MissCause, record.missed_by, strict=True))
