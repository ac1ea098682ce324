"""Gathers what a scaling decision needs: the board, the queues' depth, the machine, the tier in force."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.model import Backlog
from punctuald.policy.observation import Observation
from punctuald.policy.sla import Calendar
from punctuald.process.machine import Machine
from punctuald.source.port import BacklogGauge
from punctuald.stats.load import Load

log = structlog.get_logger()

START_SECONDS = 0.25
"""From ordering a worker to its first message: 35 ms to the first receive, the rest for a handler's imports."""

_RECENT_SECONDS = 60.0  # service times older than this say nothing about now
_CLOCK_JUMP_SECONDS = 2.0
_FULL_SIZE_SECONDS = 10.0  # how often a worker's memory is measured: it walks its page tables


@dataclass(frozen=True, slots=True)
class Promises:
    """Which thresholds are in force: the queues' own tiers, and the calendar where one has none."""

    calendar: Calendar
    pinned_seconds: tuple[float, ...]
    by_calendar: bool

    def threshold_seconds(self, utc: float) -> float:
        """The tightest at ``utc``."""
        timed = [self.calendar.tiers[self.calendar.tier_at(utc)].threshold_seconds] if self.by_calendar else []
        return min([*self.pinned_seconds, *timed])


class Lookout:
    """One a daemon; `look` once each tick."""

    def __init__(
        self,
        *,
        load: Callable[[float], Load],
        gauges: Sequence[BacklogGauge],
        promises: Promises,
        machine: Machine,
        worker_bytes: Callable[[], int | None],
        clock: Clock,
        slots_per_worker: int,
        depth_interval_seconds: float,
    ) -> None:
        self._load = load
        self._gauges = gauges
        self._promises = promises
        self._machine = machine
        self._worker_bytes = worker_bytes
        self._clock = clock
        self._slots_per_worker = slots_per_worker
        self._depth_interval_seconds = depth_interval_seconds
        self._backlog: Backlog | None = None
        self._depth_due_mono = float("-inf")
        self._depth_known = True
        self._size_bytes: int | None = None
        self._size_due_mono = float("-inf")
        self._served: deque[tuple[float, float, int]] = deque()
        self._mean_service_seconds: float | None = None
        self._answers = (0, clock.mono())
        self._utc_ahead = clock.utc() - clock.mono()

    def look(self, workers_ordered: int) -> Observation:
        """Everything, as of now. Asks the queues for their depth when that is due: may take a network time-out."""
        self._read_depth()
        now_mono, now_utc = self._clock.mono(), self._clock.utc()
        load = self._load(now_utc)
        next_seconds, edge_seconds = self._next_tier(now_utc)
        return Observation(
            now_mono=now_mono,
            now_utc=now_utc,
            workers_ordered=workers_ordered,
            workers_ready=load.workers_ready,
            busy_slots=load.busy_slots,
            slots_per_worker=self._slots_per_worker,
            threshold_seconds=self._promises.threshold_seconds(now_utc),
            start_seconds=START_SECONDS,
            arrivals=load.arrivals,
            newest_sent_second=load.newest_sent_second,
            mean_service_seconds=self._mean_service(now_mono, load),
            backlog=self._backlog,
            next_threshold_seconds=next_seconds,
            seconds_to_next_edge=edge_seconds,
            seconds_since_receive_ok=self._since_answer(now_mono, load),
            clock_jumped=self._clock_jumped(now_mono, now_utc),
            cpu_share=self._machine.cpu_share(),
            memory_available_bytes=self._machine.memory_available_bytes(),
            worker_bytes=self._size(now_mono),
        )

    def _read_depth(self) -> None:
        if self._clock.mono() < self._depth_due_mono:
            return
        try:
            depths = [gauge.read() for gauge in self._gauges]
        except SourceError as error:
            self._backlog = None  # unknown is not zero
            if self._depth_known:
                log.warning("scale.depth_unknown", error=str(error))
            self._depth_known = False
        else:
            self._backlog = _added_up(depths)
            self._depth_known = True
        self._depth_due_mono = self._clock.mono() + self._depth_interval_seconds

    def _mean_service(self, now_mono: float, load: Load) -> float | None:
        """Over the last minute; what it was before where nothing ended since."""
        self._served.append((now_mono, load.service_seconds_total, load.service_count_total))
        while len(self._served) > 1 and now_mono - self._served[0][0] > _RECENT_SECONDS:
            self._served.popleft()
        _, seconds_before, count_before = self._served[0]
        count = load.service_count_total - count_before
        if count > 0:
            self._mean_service_seconds = (load.service_seconds_total - seconds_before) / count
        return self._mean_service_seconds

    def _since_answer(self, now_mono: float, load: Load) -> float:
        if load.answers_total != self._answers[0]:
            self._answers = (load.answers_total, now_mono)
        return now_mono - self._answers[1]

    def _clock_jumped(self, now_mono: float, now_utc: float) -> bool:
        before, self._utc_ahead = self._utc_ahead, now_utc - now_mono
        jump_seconds = self._utc_ahead - before
        if abs(jump_seconds) <= _CLOCK_JUMP_SECONDS:
            return False
        log.warning("clock.jumped", seconds=round(jump_seconds, 3))
        return True

    def _next_tier(self, now_utc: float) -> tuple[float | None, float | None]:
        edge = self._promises.calendar.next_edge(now_utc) if self._promises.by_calendar else None
        if edge is None:
            return None, None
        return self._promises.threshold_seconds(edge.at_utc), edge.at_utc - now_utc

    def _size(self, now_mono: float) -> int | None:
        if now_mono >= self._size_due_mono:
            self._size_bytes = self._worker_bytes()
            self._size_due_mono = now_mono + _FULL_SIZE_SECONDS
        return self._size_bytes


def _added_up(depths: Sequence[Backlog]) -> Backlog:
    return Backlog(
        visible=sum(depth.visible for depth in depths),
        in_flight=sum(depth.in_flight for depth in depths),
        delayed=sum(depth.delayed for depth in depths),
        read_mono=min(depth.read_mono for depth in depths),
    )
