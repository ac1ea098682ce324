"""What an autoscaler needs to know each second, read cheaply enough for that."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from punctuald.model import Arrivals, Metric
from punctuald.stats.board import arrivals, groups
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.board import Board
from punctuald.stats.board.row_reader import RowReader

from . import histogram
from .histogram import Histogram
from .service_tail import ServiceTail
from .start_times import StartTimes
from .tier_record import Service, run_reader, service_reader

CLOCK_AHEAD_SECONDS = 60  # a sending time that is further ahead of the broker's clock than this is not believed

_OUTCOMES = (Metric.DONE, Metric.FAILED, Metric.RETRIED, Metric.REJECTED, Metric.DISCARDED)


@dataclass(frozen=True, slots=True)
class PoolTotals:
    """The pool's work up to one moment. Totals count since the daemon began and never go backwards."""

    broker_ahead_seconds: float  # by how much the broker's clock is ahead of ours
    arrivals: Arrivals  # (second of sending, first deliveries) over the last 900 s, the oldest first
    newest_sent_utc: float | None  # of all first deliveries, also where that is more than 900 s ago
    groups_seen: int  # distinct message groups over the last 60 to 90 s
    service_seconds_total: float  # run stage of acknowledged messages
    service_count_total: int
    settle_seconds_total: float  # of the same messages, from the handler's end to the acknowledgement
    service_p995_seconds: float | None  # over about the last ten minutes
    start_seconds: float | None  # from a worker's fork until it is ready: the 95th percentile of the last 50
    failed_total: int  # handlers that raised something of their own
    ended_total: int  # handlers that ended, however
    answers_total: int  # grows with every receive that the source answered, be it with nothing
    busy_slots: int  # of the ready workers
    concurrency: int  # messages that one ready worker handles at once; 0 = none has said so
    workers_ready: int  # take messages: those that drain do not


class PoolTotalsReader:
    """Reads boards into a `PoolTotals`. Arrivals, sums and histograms are copied only where some were written since."""

    def __init__(self, boards: Sequence[Board]) -> None:
        self._attached = ActiveRows(boards, _RowTotals)
        self._arrivals: Arrivals = ()
        self._service_tail = ServiceTail()
        self._start_times = StartTimes()
        self._broker_ahead_seconds = 0.0

    def read(self, now_mono: float, now_utc: float) -> PoolTotals:
        """The load at this moment of this machine's two clocks."""
        rows = self._attached.read()
        workers = [row.view for row in rows if row.view.is_worker]
        ready = [view for view in workers if view.ready_mono is not None]
        totals = _added_up(rows)
        services = [row.service() for row in rows]
        service_count = sum(service.count for service in services)
        ahead_seconds = self._broker_ahead(ready)
        latest_utc = now_utc + ahead_seconds + CLOCK_AHEAD_SECONDS
        return PoolTotals(
            broker_ahead_seconds=ahead_seconds,
            arrivals=self._recent_arrivals(rows, latest_utc),
            newest_sent_utc=_newest_sent_utc(workers, latest_utc),
            groups_seen=groups.seen((view.groups() for view in workers), now_mono),
            service_seconds_total=sum(service.seconds for service in services),
            service_count_total=service_count,
            settle_seconds_total=sum(service.settle_seconds for service in services),
            service_p995_seconds=self._service_tail.seconds(now_mono, service_count, lambda: _runs(rows)),
            start_seconds=self._start_times.seconds(ready),
            failed_total=totals[Metric.FAILED],
            ended_total=sum(totals[metric] for metric in _OUTCOMES),
            answers_total=totals[Metric.RECEIVED] + totals[Metric.RECEIVE_EMPTY],
            busy_slots=sum(view.busy_slots for view in ready),
            concurrency=max((view.concurrency for view in ready), default=0),
            workers_ready=len(ready),
        )

    def _broker_ahead(self, ready: Sequence[RowReader]) -> float:
        """The median of the ready workers, for one may have had no message since the clock was set; without ready
        workers, the last answer."""
        if ready:
            self._broker_ahead_seconds = median_low([view.broker_ahead_seconds for view in ready])
        return self._broker_ahead_seconds

    def _recent_arrivals(self, rows: Sequence[_RowTotals], latest_utc: float) -> Arrivals:
        changed = [row.refresh_arrivals() for row in rows]
        if any(changed):
            self._arrivals = arrivals.merged(row.ring for row in rows)
        latest = int(latest_utc)
        begin = bisect_left(self._arrivals, (latest - CLOCK_AHEAD_SECONDS - arrivals.WINDOW_SECONDS + 1,))
        return self._arrivals[begin : bisect_left(self._arrivals, (latest + 1,))]


class _RowTotals:
    """One row, and what was last read from it."""

    def __init__(self, view: RowReader) -> None:
        self.view = view
        self.ring: list[int] = []
        self._version = 0
        self._service = service_reader(view.words, view.layout)
        self._runs = run_reader(view.words, view.layout)

    def refresh_arrivals(self) -> bool:
        """Copy the ring if it changed; says whether it did."""
        version = self.view.arrivals_version
        if version == self._version:
            return False
        self._version, self.ring = version, self.view.arrivals()
        return True

    def service(self) -> Service:
        return self._service.read()

    def runs(self) -> Histogram:
        return self._runs.read()


def _added_up(rows: Sequence[_RowTotals]) -> list[int]:
    """All counters over all rows and queues, by `Metric`."""
    totals = [0] * len(Metric)
    for row in rows:
        counts = row.view.counts()
        for metric in Metric:
            totals[metric] += sum(counts[metric :: len(Metric)])
    return totals


def _runs(rows: Sequence[_RowTotals]) -> Histogram:
    return histogram.merge(row.runs() for row in rows)


def _newest_sent_utc(workers: Sequence[RowReader], latest_utc: float) -> float | None:
    sent = (view.newest_sent_utc for view in workers)
    return max((sent_utc for sent_utc in sent if sent_utc is not None and sent_utc <= latest_utc), default=None)
