"""One daemon of the simulation: its pool, what it sees of the queue, and the scaler that decides for it."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.policy.limits.needed import needed_slots, slots_hold_back
from punctuald.simulate.scalers.scaler import Scaler, Sight
from punctuald.simulate.trace.stamps import stamp
from punctuald.simulate.trace.tier_plan import TierPlan

from .pool import Pool
from .sensors import ArrivalsSeen, DepthSeen, OwnArrivalsSeen, ServiceSeen
from .serving import Serving
from .setup import Setup
from .traffic import Traffic


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all daemons of a run have in common."""

    traffic: Traffic
    serving: Serving
    setup: Setup
    plan: TierPlan
    begin_utc: int
    seed: int
    daemons: int


@dataclass(frozen=True, slots=True)
class QueueNow:
    """The queue at the end of a step: visible, in flight with whoever, and sent but not finished."""

    visible: int = 0
    in_flight: int = 0
    unfinished: int = 0


class Daemon:
    """The ``number``-th of the daemons that share the queue. Times are in seconds; the scaler looks at its ticks."""

    def __init__(self, around: Surroundings, number: int, scaler: Scaler) -> None:
        self.pool = Pool(around.setup, around.serving, around.seed, number, alone=around.daemons == 1)
        self.busy_slots = 0
        self.mean_service: float | None = None
        self.scale_events = 0
        self.most_ordered = 0
        self.is_alive = True
        self.in_service = True
        self._around = around
        self._scaler = scaler
        self._ticks = max(1, round(scaler.tick_seconds / around.setup.step_seconds))  # in steps
        self._number = number
        self._first_tick = number * self._ticks // around.daemons  # so that no two look in the same moment
        self._arrivals = self._arrivals_seen(number)
        self._service = ServiceSeen(around.traffic, around.serving, around.setup)
        self._depth = DepthSeen(around.setup.depth, around.seed, number) if around.setup.depth else None
        self._queue = QueueNow()
        self._tick_begin = (0, 0, 0)  # sent, started, failed at the last tick
        self._concurrency: list[int] = []

    def _arrivals_seen(self, number: int) -> ArrivalsSeen | OwnArrivalsSeen:
        around = self._around
        if around.daemons == 1:
            return ArrivalsSeen(around.traffic, around.serving, around.begin_utc)
        return OwnArrivalsSeen(around.traffic, around.serving, around.begin_utc, around.setup.places(number))

    def step(self, number: int, now_seconds: float, window: int) -> None:
        """Decide, where the ``number``-th step of the run is one of its ticks, or the step in which it was started."""
        if (
            self.is_alive
            and self.in_service
            and (number == self._number or (number - self._first_tick) % self._ticks == 0)
        ):
            self._tick(now_seconds, window)

    def count_busy(self, now: int) -> int:
        """Its slots that have work, remembered for `look` and the next tick."""
        self.busy_slots = self.pool.busy_slots(now)
        return self.busy_slots

    def look(self, now_seconds: float, queue: QueueNow) -> None:
        """The truth about the queue, after each step."""
        self._queue = queue
        self._concurrency.append(queue.unfinished)
        if self._depth is not None:
            self._depth.note(now_seconds, queue.visible, queue.in_flight)

    def join(self, scaler: Scaler, now_seconds: float) -> None:
        """Its host is there, with a daemon that remembers nothing."""
        self.in_service, self._scaler = True, scaler
        self.pool.follow(self._around.setup.min_workers, stamp(now_seconds))

    def leave(self, now_seconds: float) -> None:
        """Its host goes: what its workers run is finished."""
        self.in_service = False
        self.pool.follow(0, stamp(now_seconds))

    def kill(self, now_seconds: float) -> None:
        """SIGKILL to all of its processes: what its workers ran comes again, and nobody decides here any more."""
        self.is_alive = False
        self.pool.kill(stamp(now_seconds))

    def _tick(self, now_seconds: float, window: int) -> None:
        setup, pool = self._around.setup, self.pool
        wanted = self._scaler.workers(self._sight(now_seconds, window))
        target = min(max(wanted, setup.min_workers, 1), setup.max_workers)
        self.scale_events += target != pool.target
        self.most_ordered = max(self.most_ordered, target)
        if target != pool.target or not pool.settled(target):
            pool.follow(target, stamp(now_seconds))

    def _sight(self, now_seconds: float, window: int) -> Sight:
        now, plan = stamp(now_seconds), self._around.plan
        arrivals, newest_sent_utc = self._arrivals.look(now, window)
        self.mean_service, tail = self._service.look(now_seconds)
        serving = self._around.serving
        counts = (serving.broker.arrived(now), serving.starts, serving.redelivered)
        sent, started, failed = (count - before for count, before in zip(counts, self._tick_begin, strict=True))
        self._tick_begin = counts
        edge = plan.next_edge(now_seconds)
        concurrency = sum(self._concurrency) / max(1, len(self._concurrency))
        self._concurrency.clear()
        return Sight(
            now_seconds=now_seconds,
            now_utc=self._around.begin_utc + now_seconds,
            tick_seconds=self._scaler.tick_seconds,
            ordered=self.pool.target,
            ready=self.pool.ready,
            draining=self.pool.draining,
            busy_slots=self.busy_slots,
            draining_busy_slots=self.pool.draining_busy_slots(now),
            slots=self._around.setup.slots,
            max_workers=self._around.setup.max_workers,
            depth=self._depth.read(now_seconds) if self._depth else None,
            sent=sent,
            completed=started,
            failed=failed,
            visible=self._queue.visible,
            in_flight=self._queue.in_flight,
            concurrency=concurrency,
            arrivals=arrivals,
            newest_sent_utc=newest_sent_utc,
            mean_service_seconds=self.mean_service,
            service_p995_seconds=tail,
            threshold_seconds=plan.threshold_at(now_seconds),
            next_threshold_seconds=edge[1] if edge else None,
            seconds_to_next_edge=edge[0] if edge else None,
            start_seconds=self.pool.start_seconds,
            limited_slots=self._limited_slots(now),
        )

    def _limited_slots(self, now: int) -> float | None:
        """As the autoscaler reckons them for a queue with limits; None = it has none."""
        setup, busy_slots = self._around.setup, self.busy_slots - self.pool.draining_busy_slots(now)
        if not setup.limits.any:
            return None
        more_could_run = slots_hold_back(busy_slots, self.pool.ready * setup.slots) and self._queue.visible > 0
        return needed_slots(setup.limits, busy_slots, self.mean_service, more_could_run=more_could_run)
