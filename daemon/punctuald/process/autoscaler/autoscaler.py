"""The child that decides how many workers there should be. When it dies the pool stays as it is."""

from __future__ import annotations

import os
import select
import signal
from math import inf

import orjson

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.scaling.decide import Decision, ScalingRules, ScalingState, decide
from punctuald.policy.scaling.observation import Observation
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Ceiling, Ready, Target, Up
from punctuald.process.channel.operator_frames import Explained
from punctuald.process.cloudwatch.publisher import Publisher
from punctuald.process.signals import FOR_THE_SUPERVISOR, SignalQueue, neutralise
from punctuald.stats.board.row_writer import RowWriter

from .arrival_log import ArrivalLog
from .backlog_poller import BacklogPoller
from .decision_row import DecisionRow
from .sensors import Sensors

log = logger()

_EXPLAIN_SECONDS = 5.0  # and said to the observer this often, with the numbers that it is made by now
_REPEAT_SECONDS = 60.0  # an unchanged decision is logged this often, and the arrivals (the board has those of 900 s)


class Autoscaler:
    """Observes, decides and orders, once each tick; `run` returns the exit status.

    ``target``: how many workers there should be by what was decided before. One that is started again goes on from
    there: if it began with the least, it would take a pool under load for too large.
    """

    def __init__(
        self,
        *,
        sensors: Sensors,
        backlog_poller: BacklogPoller,
        rules: ScalingRules,
        decision_row: DecisionRow,
        stats: RowWriter,
        channel: ChildEnd,
        clock: Clock,
        generation: int,
        target: int,
        interval_seconds: float,
        publisher: Publisher | None = None,
    ) -> None:
        self._sensors = sensors
        self._threads: list[BacklogPoller | Publisher] = [backlog_poller, *([publisher] if publisher else [])]
        self._rules = rules
        self._stats = stats
        self._channel = channel
        self._clock = clock
        self._generation = generation
        self._interval_seconds = interval_seconds
        neutralise(FOR_THE_SUPERVISOR)  # first: from then on signals are let in
        self._signals = SignalQueue((signal.SIGTERM, signal.SIGINT))
        self._poll = self._watched()
        self._state = ScalingState()
        self._target = target
        self._sent: int | None = None  # the first target is sent in any case: whoever gets it may believe another
        self._logged: tuple[int, str] | None = None
        self._logged_mono = 0.0
        self._explained_mono = -inf
        self._seen: Observation | None = None
        self._arrivals = ArrivalLog()
        self._decision_row = decision_row
        self._arrivals_mono = clock.mono()
        self._orphaned = False

    def run(self) -> int:
        """Until SIGTERM, or until the supervisor is gone."""
        self._stats.attach(os.getpid(), self._clock.mono())
        for each in self._threads:
            each.start()
        self._send(Ready(0.0))
        while not self._orphaned and self._wait():
            self._stats.heartbeat(self._clock.mono())
            self._tick()
        for each in self._threads:
            each.stop()
        self._log_arrivals()
        if self._orphaned:
            log.warning("autoscaler.orphaned")
        return 0

    def _watched(self) -> select.poll:
        poll = select.poll()
        for source in (self._signals, self._channel):
            poll.register(source.fileno(), select.POLLIN)
        return poll

    def _wait(self) -> bool:
        """Until the next tick; False where there is to be none."""
        events = dict(self._poll.poll(self._interval_seconds * 1000))
        if self._channel.fileno() in events:  # a tick comes early then
            frames, self._orphaned = self._channel.read()
            for frame in frames:
                if isinstance(frame, Ceiling):  # whatever else there is, is meant for workers
                    self._sensors.found_ceiling(frame.workers)
        return not (self._orphaned or self._signals.read())

    def _send(self, frame: Up) -> None:
        try:
            self._channel.send(frame)
        except OSError:  # a parent that goes in the middle of a tick: the channel would have said so at the next one
            self._orphaned = True

    def _tick(self) -> None:
        observation = self._seen = self._sensors.observe(self._target)
        decision, self._state = decide(observation, self._state, self._rules)
        self._target = decision.workers
        self._decision_row.write(decision)
        if self._sent != self._target:
            self._sent = self._target
            self._send(Target(self._target, self._generation))
        self._log_decision(decision)
        self._log_arrivals_if_due()

    def _log_decision(self, decision: Decision) -> None:
        decided, now_mono = (decision.workers, decision.reason.value), self._clock.mono()
        if decided != self._logged or now_mono - self._logged_mono >= _REPEAT_SECONDS:
            self._logged, self._logged_mono = decided, now_mono
            log.info("scale.decision", **decision.fields())
            self._explain(decision)
        elif now_mono - self._explained_mono >= _EXPLAIN_SECONDS:
            self._explain(decision)

    def _explain(self, decision: Decision) -> None:
        """To whoever asks the daemon why."""
        self._explained_mono = self._clock.mono()
        self._send(Explained(orjson.dumps(decision.fields()).decode()))

    def _log_arrivals_if_due(self) -> None:
        now_mono = self._clock.mono()
        if now_mono - self._arrivals_mono >= _REPEAT_SECONDS:
            self._arrivals_mono = now_mono
            self._log_arrivals()

    def _log_arrivals(self) -> None:
        seen = self._seen
        for arrivals in [] if seen is None else self._arrivals.unlogged(seen.all_arrivals, seen.now_utc):
            log.info("stats.arrivals", **arrivals)
