"""The simulation: replays a trace in a world with a scaler.

When messages start and end, and when workers become ready and end, is exact to the microsecond. Only observing is done
in steps: the scaler looks at its ticks, the recorder and the gauges at each step.
"""

from __future__ import annotations

from punctuald.policy.receive.prefetch import budget
from punctuald.simulate.scalers.scaler import Scaler, Sight
from punctuald.simulate.trace.stamps import stamp
from punctuald.simulate.trace.trace import Trace

from .pool import Pool
from .recorder import Recorder
from .result import Result, Run, summarise
from .sensors import ArrivalsSeen, DepthSeen, ServiceSeen
from .serving import Serving
from .setup import Setup
from .traffic import Traffic


def replay(traffic: Traffic, trace: Trace, setup: Setup, scaler: Scaler, seed: int = 1) -> Result:
    """Replay ``trace`` in the world of ``setup`` with as many workers as ``scaler`` wants.

    ``traffic`` is drawn from ``trace``, ``setup`` and ``seed`` by `draw_traffic`, once for all scalers that are to meet
    the same messages.
    The clock runs on after the trace's end until every message is done. The same arguments give the same result; for
    one seed every scaler meets the same services and noise.
    """
    run = _Simulation(traffic, trace, setup, scaler, seed).run()
    return summarise(run, trace, setup)


class _Simulation:
    """One run. Times are stamps (`stamps`) in here; the scaler gets seconds."""

    def __init__(self, traffic: Traffic, trace: Trace, setup: Setup, scaler: Scaler, seed: int) -> None:
        self._begin_utc = int(trace.begin_utc(setup.tier_times.midnight_utc()))
        self._plan = setup.tier_times.plan(self._begin_utc, trace.seconds)
        self._traffic, self._setup, self._scaler, self._seed = traffic, setup, scaler, seed
        self._trace = trace
        self._serving = Serving(traffic, setup, self._plan, seed)
        self._pool = Pool(setup, self._serving, seed)
        self._arrivals = ArrivalsSeen(traffic, self._serving, self._begin_utc)
        self._service = ServiceSeen(traffic, self._serving, setup)
        self._depth = DepthSeen(setup.depth, seed) if setup.depth else None
        self._recorder = Recorder()
        self._scale_events = 0
        self._now = 0.0
        self._mean_service: float | None = None
        self._tick_begin = (0, 0, 0)  # sent, started, failed at the last tick
        self._concurrency: list[int] = []
        self._in_flight = self._visible = self._busy = 0

    def run(self) -> Run:
        """From the trace's begin until all is done."""
        step = self._setup.step_seconds
        ticks = max(1, round(self._scaler.tick_seconds / step))
        number = 0
        self._pool.follow(self._setup.min_workers, 0)
        while self._now < self._trace.seconds or self._serving.done < self._traffic.messages or self._busy:
            if number % ticks == 0:
                self._tick()
            number += 1
            self._advance(number * step)
        now = stamp(self._now)
        self._pool.close(now)
        return self._outcome()

    def _advance(self, until_seconds: float) -> None:
        until = stamp(until_seconds)
        while (ready_at := self._pool.next_ready()) is not None and ready_at < until:
            self._serving.run(ready_at, self._window())
            self._pool.pass_to(ready_at)
        self._serving.run(until, self._window())
        self._pool.pass_to(until)
        self._now = until_seconds
        self._look(until)

    def _window(self) -> int:
        if self._setup.window is not None:
            return self._setup.window
        setup = self._setup
        each = budget(setup.slots, self._mean_service, setup.lookahead_seconds, 0.0, setup.prefetch_limit)
        return (each - setup.slots) * self._pool.ready

    def _look(self, now: int) -> None:
        waiting = self._serving.waiting(now)
        held = self._serving.held(now, self._window())
        self._busy = self._pool.busy_slots(now)
        self._visible, self._in_flight = waiting - held, self._busy + held
        self._concurrency.append(waiting + self._busy)
        if self._depth is not None:
            self._depth.note(self._now, self._visible, self._in_flight)
        pool = self._pool
        self._recorder.note(pool.target, pool.alive, pool.ready, self._busy, waiting)

    def _tick(self) -> None:
        wanted = self._scaler.workers(self._sight())
        target = min(max(wanted, self._setup.min_workers, 1), self._setup.max_workers)
        self._scale_events += target != self._pool.target
        if target != self._pool.target or not self._pool.settled(target):
            self._pool.follow(target, stamp(self._now))

    def _sight(self) -> Sight:
        now, plan = stamp(self._now), self._plan
        arrivals, newest_sent_utc = self._arrivals.look(now, self._window())
        self._mean_service, tail = self._service.look(self._now)
        serving = self._serving
        counts = (serving.broker.arrived(now), serving.starts, serving.redelivered)
        sent, started, failed = (count - before for count, before in zip(counts, self._tick_begin, strict=True))
        self._tick_begin = counts
        edge = plan.next_edge(self._now)
        concurrency = sum(self._concurrency) / max(1, len(self._concurrency))
        self._concurrency.clear()
        return Sight(
            now_seconds=self._now,
            now_utc=self._begin_utc + self._now,
            tick_seconds=self._scaler.tick_seconds,
            ordered=self._pool.target,
            ready=self._pool.ready,
            draining=self._pool.draining,
            busy_slots=self._busy,
            draining_busy_slots=self._pool.draining_busy_slots(now),
            slots=self._setup.slots,
            max_workers=self._setup.max_workers,
            depth=self._depth.read(self._now) if self._depth else None,
            sent=sent,
            completed=started,
            failed=failed,
            visible=self._visible,
            in_flight=self._in_flight,
            concurrency=concurrency,
            arrivals=arrivals,
            newest_sent_utc=newest_sent_utc,
            mean_service_seconds=self._mean_service,
            service_p995_seconds=tail,
            threshold_seconds=plan.threshold_at(self._now),
            next_threshold_seconds=edge[1] if edge else None,
            seconds_to_next_edge=edge[0] if edge else None,
            start_seconds=self._pool.start_seconds,
        )

    def _outcome(self) -> Run:
        return Run(
            scaler=self._scaler.name,
            seed=self._seed,
            plan=self._plan,
            begin_utc=self._begin_utc,
            seconds=self._now,
            sent=self._traffic.sent,
            service=self._traffic.service,
            ended=self._serving.ended,
            redelivered=self._serving.redelivered,
            starts=self._pool.starts,
            scale_events=self._scale_events,
            worker_seconds=self._pool.worker_seconds,
            recorder=self._recorder,
        )
