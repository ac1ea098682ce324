"""What an autoscaler needs to know each second, read cheaply enough for that."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median_low

from punctuald.model import Arrivals, Metric
from punctuald.policy.pool.handler_slots import SlotUse, added_up
from punctuald.stats.board import arrivals, groups
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.board import Board
from punctuald.stats.board.row_reader import RowReader
from punctuald.stats.board.word_time import MILLISECONDS

from . import histogram
from .histogram import Histogram
from .service_tail import ServiceTail
from .start_times import StartTimes
from .tier_record import Service, run_reader, service_reader

CLOCK_AHEAD_SECONDS = 60  # a sending time that is further ahead of the broker's clock than this is not believed

_OUTCOMES = (Metric.DONE, Metric.FAILED, Metric.RETRIED, Metric.REJECTED, Metric.DISCARDED)
_Heads = dict[str, tuple[int, float | None]]


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
    slot_uses: tuple[SlotUse, ...]  # of the ready workers together, by `HandlerKind`
    workers_ready: int  # take messages: those that drain do not
    pinned_arrivals: Mapping[str, Arrivals] = field(default_factory=dict)  # by tier: what does not go by the clock
    service_by_tier: Mapping[str, tuple[float, int]] = field(
        default_factory=dict
    )  # seconds, count; where any is pinned
    limited_arrivals: Arrivals = ()  # of queues with limits, which are not in `arrivals`
    queue_heads: Mapping[str, tuple[int, float | None]] = field(
        default_factory=dict
    )  # first deliveries among `arrivals`, and when the newest was sent; where there are several queues
    limited_service: Mapping[str, tuple[float, int]] = field(default_factory=dict)  # seconds, count, by their queues


class PoolTotalsReader:
    """Reads boards into a `PoolTotals`. Arrivals, sums and histograms are copied only where some were written since.

    The queues that are ``limited`` are not in what service times there are: they have their own.
    """

    def __init__(self, boards: Sequence[Board], limited: Collection[str] = ()) -> None:
        self._attached = ActiveRows(boards, partial(_RowTotals, limited=limited))
        self._arrivals: Arrivals = ()
        self._limited_arrivals: Arrivals = ()
        self._pinned_arrivals: dict[str, Arrivals] = {}
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
        self._read_arrivals(rows)
        recent = partial(_recent, latest_utc=latest_utc)
        pinned = {tier: seen for tier, counts in self._pinned_arrivals.items() if (seen := recent(counts))}
        return PoolTotals(
            broker_ahead_seconds=ahead_seconds,
            arrivals=recent(self._arrivals),
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
            slot_uses=added_up([view.slot_uses() for view in ready]),
            workers_ready=len(ready),
            pinned_arrivals=pinned,
            service_by_tier=_by_tier(rows, services) if pinned else {},
            limited_arrivals=recent(self._limited_arrivals),
            queue_heads=_queue_heads(workers, latest_utc),
            limited_service=_by_queue(services),
        )

    def _broker_ahead(self, ready: Sequence[RowReader]) -> float:
        """The median of the ready workers, for one may have had no message since the clock was set; without ready
        workers, the last answer."""
        if ready:
            self._broker_ahead_seconds = median_low([view.broker_ahead_seconds for view in ready])
        return self._broker_ahead_seconds

    def _read_arrivals(self, rows: Sequence[_RowTotals]) -> None:
        changed = [row.refresh_arrivals() for row in rows]
        if not any(changed):
            return
        self._arrivals = arrivals.merged(row.ring for row in rows)
        self._limited_arrivals = arrivals.merged(row.limited_ring for row in rows if row.limited_ring)
        tiers = {tier for row in rows for tier in row.pinned_rings}
        self._pinned_arrivals = {
            tier: arrivals.merged(row.pinned_rings[tier] for row in rows if tier in row.pinned_rings) for tier in tiers
        }


class _RowTotals:
    """One row, and what was last read from it."""

    def __init__(self, view: RowReader, limited: Collection[str]) -> None:
        self.view = view
        self.ring: list[int] = []
        self.limited_ring: list[int] = []
        self.pinned_rings: dict[str, list[int]] = {}
        self._version = 0
        self._service = service_reader(view.words, view.layout, limited)
        self._runs = run_reader(view.words, view.layout)

    def refresh_arrivals(self) -> bool:
        """Copy the rings if they changed; says whether they did."""
        version = self.view.arrivals_version
        if version == self._version:
            return False
        self._version, self.pinned_rings = version, self.view.pinned_arrivals()
        self.limited_ring = self.view.limited_arrivals()
        self.ring = self.view.arrivals()  # last: what is in a tier's ring is in this one as well
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


def _recent(counts: Arrivals, latest_utc: float) -> Arrivals:
    latest = int(latest_utc)
    begin = bisect_left(counts, (latest - CLOCK_AHEAD_SECONDS - arrivals.WINDOW_SECONDS + 1,))
    return counts[begin : bisect_left(counts, (latest + 1,))]


def _by_tier(rows: Sequence[_RowTotals], services: Sequence[Service]) -> dict[str, tuple[float, int]]:
    totals: dict[str, tuple[float, int]] = {}
    for row, service in zip(rows, services, strict=True):
        for tier, (seconds, count) in service.by_tier.items():
            name = row.view.layout.tiers[tier]
            before_seconds, before_count = totals.get(name, (0.0, 0))
            totals[name] = (before_seconds + seconds, before_count + count)
    return totals


def _by_queue(services: Sequence[Service]) -> dict[str, tuple[float, int]]:
    totals: dict[str, tuple[float, int]] = {}
    for service in services:
        for queue, (seconds, count) in service.apart.items():
            before_seconds, before_count = totals.get(queue, (0.0, 0))
            totals[queue] = before_seconds + seconds, before_count + count
    return totals


def _queue_heads(workers: Sequence[RowReader], latest_utc: float) -> _Heads:
    """Over all boards; empty where there is one queue. A sending time after ``latest_utc`` is not believed.

    Read each second, of 256 queues in 64 workers too: so rows are added up column by column.
    """
    by_queues: dict[tuple[str, ...], list[RowReader]] = {}
    for view in workers:
        if len(view.layout.queues) > 1:
            by_queues.setdefault(view.layout.queues, []).append(view)
    heads: _Heads = {}
    for queues, views in by_queues.items():
        for queue, came, newest_utc in zip(queues, *_columns(views, latest_utc), strict=True):
            before, newest_before_utc = heads.get(queue, (0, None))
            known = [utc for utc in (newest_utc or None, newest_before_utc) if utc is not None]
            heads[queue] = before + came, max(known, default=None)
    return heads


def _columns(views: Sequence[RowReader], latest_utc: float) -> tuple[list[int], list[float]]:
    """For each queue how many came, and when the newest was sent, 0 = none was."""
    latest_ms = latest_utc * MILLISECONDS
    arrived, newest = zip(*(view.queue_heads() for view in views), strict=True)
    believed = [[sent_ms if sent_ms <= latest_ms else 0 for sent_ms in of_row] for of_row in newest]
    return (
        [sum(of_queue) for of_queue in zip(*arrived, strict=True)],
        [max(of_queue) / MILLISECONDS for of_queue in zip(*believed, strict=True)],
    )


def _runs(rows: Sequence[_RowTotals]) -> Histogram:
    return histogram.merge(row.runs() for row in rows)


def _newest_sent_utc(workers: Sequence[RowReader], latest_utc: float) -> float | None:
    sent = (view.newest_sent_utc for view in workers)
    return max((sent_utc for sent_utc in sent if sent_utc is not None and sent_utc <= latest_utc), default=None)
