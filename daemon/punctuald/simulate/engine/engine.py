"""The simulation: replays a trace in a world with a scaler, or with one for each of several daemons on one queue.

When messages start and end, and when workers become ready and end, is exact to the microsecond. Only observing is done
in steps: the scaler looks at its ticks, the recorder and the gauges at each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from punctuald.errors import ConfigurationError
from punctuald.policy.receive.prefetch import budget
from punctuald.simulate.scalers.scaler import Scaler
from punctuald.simulate.trace.stamps import PLACE_MASK, stamp
from punctuald.simulate.trace.trace import Trace

from .daemon import Daemon, QueueNow, Surroundings
from .fleet import Fleet, Group
from .pool import Pool
from .recorder import Recorder
from .result import DaemonResult, Result, Run, summarise
from .serving import Serving
from .setup import Setup
from .traffic import Traffic

MOST_WORKERS = (PLACE_MASK + 1) // 2
"""So many can be simulated, of all daemons together."""


def replay(traffic: Traffic, trace: Trace, setup: Setup, scaler: Scaler, seed: int = 1) -> Result:
    """Replay ``trace`` in the world of ``setup`` with as many workers as ``scaler`` wants.

    ``traffic`` is drawn from ``trace``, ``setup`` and ``seed`` by `draw_traffic`, once for all scalers that are to meet
    the same messages.
    The clock runs on after the trace's end until every message is done. The same arguments give the same result; for
    one seed every scaler meets the same services and noise.
    """
    return replay_together(traffic, trace, setup, [scaler], seed)


def replay_together(traffic: Traffic, trace: Trace, setup: Setup, scalers: Sequence[Scaler], seed: int = 1) -> Result:
    """The same with a daemon for each of ``scalers``, all on one queue, each with a pool of its own.

    Of several each step of the set-up is cut into as many, so that they look in turn. Raises `ConfigurationError` where
    there would be more workers than a run can tell apart.
    """
    _refuse_too_many(len(scalers), setup)
    setup = replace(setup, step_seconds=setup.step_seconds / len(scalers))
    run = _Simulation(traffic, trace, setup, scalers, seed).run()
    return summarise(run, trace, setup)


def replay_fleet(traffic: Traffic, trace: Trace, setup: Setup, group: Group, seed: int = 1) -> Result:
    """The same with the hosts of an Auto Scaling group, a daemon on each, which come and go. Raises
    `ConfigurationError` as `replay_together` does."""
    _refuse_too_many(group.max_hosts, setup)
    scalers = [group.make_scaler() for _ in range(group.max_hosts)]
    simulation = _Simulation(traffic, trace, setup, scalers, seed)
    simulation.fleet = Fleet(group, simulation.daemons, scalers, setup.slots)
    return summarise(simulation.run(), trace, setup)


def _refuse_too_many(daemons: int, setup: Setup) -> None:
    if daemons * len(setup.places(0)) > PLACE_MASK + 1:
        raise ConfigurationError(
            f"{daemons} daemons of up to {setup.max_workers} workers are too many to simulate,"
            f" which is up to {MOST_WORKERS} in all: fewer daemons by --daemons and scaling.hosts,"
            " or a lower pool.max_workers"
        )


class _Simulation:
    """One run. Times are stamps (`stamps`) in here; the scaler gets seconds."""

    def __init__(self, traffic: Traffic, trace: Trace, setup: Setup, scalers: Sequence[Scaler], seed: int) -> None:
        self._begin_utc = int(trace.begin_utc(setup.tier_times.midnight_utc()))
        self._plan = setup.tier_times.plan(self._begin_utc, trace.seconds)
        self._traffic, self._setup, self._seed = traffic, setup, seed
        self._trace = trace
        self._serving = Serving(traffic, setup, self._plan, seed)
        around = Surroundings(traffic, self._serving, setup, self._plan, self._begin_utc, seed, len(scalers))
        self.daemons = [Daemon(around, number, scaler) for number, scaler in enumerate(scalers)]
        self.fleet: Fleet | None = None
        self._queue = QueueNow()
        self._scaler = scalers[0].name
        self._recorder = Recorder()
        self._now = 0.0
        self._busy = 0

    @property
    def _pools(self) -> list[Pool]:
        return [daemon.pool for daemon in self.daemons]

    def run(self) -> Run:
        """From the trace's begin until all is done."""
        number = 0
        first = int(self._setup.begin_seconds / self._setup.step_seconds)
        while self._now < self._trace.seconds or self._serving.done < self._traffic.messages or self._busy:
            if self.fleet is not None:
                self.fleet.step(self._now, self._queue)
            if number == first:
                self._begin()
            for daemon in self.daemons if number >= first else ():
                daemon.step(number - first, self._now, self._window())
            number += 1
            self._advance(number * self._setup.step_seconds)
            self._kill_when_due()
        now = stamp(self._now)
        for pool in self._pools:
            pool.close(now)
        return self._outcome()

    def _begin(self) -> None:
        for daemon in self.daemons:
            if daemon.in_service:
                daemon.pool.follow(self._setup.min_workers, stamp(self._now))

    def _advance(self, until_seconds: float) -> None:
        until = stamp(until_seconds)
        while (ready_at := self._next_ready()) is not None and ready_at < until:
            self._serving.run(ready_at, self._window())
            self._pass_to(ready_at)
        self._serving.run(until, self._window())
        self._pass_to(until)
        self._now = until_seconds
        self._look(until)

    def _next_ready(self) -> int | None:
        due = [ready_at for pool in self._pools if (ready_at := pool.next_ready()) is not None]
        return min(due, default=None)

    def _pass_to(self, now: int) -> None:
        for pool in self._pools:
            pool.pass_to(now)

    def _window(self) -> int:
        if self._setup.window is not None:
            return self._setup.window
        if len(self.daemons) > 1:
            return 0  # whose a message would be that is held back is not known here
        setup, daemon = self._setup, self.daemons[0]
        each = budget(setup.slots, daemon.mean_service, setup.lookahead_seconds, 0.0, setup.prefetch_limit)
        return (each - setup.slots) * daemon.pool.ready

    def _look(self, now: int) -> None:
        waiting = self._serving.waiting(now)
        held = self._serving.held(now, self._window())
        self._busy = sum(daemon.count_busy(now) for daemon in self.daemons)
        queue = self._queue = QueueNow(waiting - held, self._busy + held, waiting + self._busy)
        for daemon in self.daemons:
            daemon.look(self._now, queue)
        ordered = sum(pool.target for pool in self._pools)
        alive, ready = sum(pool.alive for pool in self._pools), sum(pool.ready for pool in self._pools)
        self._recorder.note(ordered, alive, ready, self._busy, waiting)

    def _kill_when_due(self) -> None:
        last, at_seconds = self.daemons[-1], self._setup.kill_at_seconds
        if at_seconds is not None and self._now >= at_seconds and last.is_alive and len(self.daemons) > 1:
            last.kill(self._now)

    def _outcome(self) -> Run:
        return Run(
            scaler=self._scaler,
            seed=self._seed,
            plan=self._plan,
            begin_utc=self._begin_utc,
            seconds=self._now,
            sent=self._traffic.sent,
            service=self._traffic.service,
            outside=self._traffic.outside,
            ended=self._serving.ended,
            redelivered=self._serving.redelivered,
            scale_events=sum(daemon.scale_events for daemon in self.daemons),
            daemons=tuple(
                DaemonResult(daemon.most_ordered, daemon.pool.worker_seconds, daemon.pool.starts)
                for daemon in self.daemons
            ),
            recorder=self._recorder,
            hosts=self.fleet.result(self._now) if self.fleet else None,
        )
