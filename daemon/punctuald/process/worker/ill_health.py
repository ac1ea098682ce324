"""A worker that has run out of something: it receives no more, says so, and goes."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.clock import Clock
from punctuald.delivery.consumer import Consumer
from punctuald.delivery.worker_illness import WorkerIllness
from punctuald.logs import logger
from punctuald.policy.pool.illness import goes_before_its_successor
from punctuald.policy.pool.standstill import LostSeconds, nothing_lost
from punctuald.process.channel.frames import Ill, Recycle
from punctuald.process.exit_status import ExitStatus

from .leaving import Leaving
from .readiness import Readiness
from .supervisor_line import SupervisorLine

log = logger()


class IllHealth:
    """What is in flight goes on meanwhile: a handler that needs nothing new is as good as ever."""

    def __init__(
        self,
        *,
        illness: WorkerIllness,
        consumers: Sequence[Consumer],
        readiness: Readiness,
        leaving: Leaving,
        line: SupervisorLine,
        clock: Clock,
        forked_mono: float,
        young_death_seconds: float,
        lost_seconds: LostSeconds = nothing_lost,
    ) -> None:
        self._illness = illness
        self._consumers = consumers
        self._readiness = readiness
        self._leaving = leaving
        self._line = line
        self._clock = clock
        self._forked_mono = forked_mono
        self._young_death_seconds = young_death_seconds
        self._lost_seconds = lost_seconds
        self._ill_since_mono: float | None = None
        illness.listen(self._fell_ill, self._met_by)

    @property
    def is_ill(self) -> bool:
        """Whether it has run out of something."""
        return self._ill_since_mono is not None

    def look(self) -> None:
        """Each second: go, if it is time. While the machine stood still no successor can have come."""
        if self._ill_since_mono is None or self._leaving.status is not None:
            return
        now_mono, ill_since_mono = self._clock.mono(), self._ill_since_mono
        awake_until_mono = now_mono - self._lost_seconds(ill_since_mono, now_mono)
        if goes_before_its_successor(
            is_ready=self._readiness.is_ready,
            age_seconds=awake_until_mono - self._forked_mono,
            ill_seconds=awake_until_mono - ill_since_mono,
            young_death_seconds=self._young_death_seconds,
        ):
            self._leaving.leave(ExitStatus.NOT_YET)

    def _fell_ill(self, reason: str) -> None:
        if self._leaving.status is not None:
            return
        self._ill_since_mono = self._clock.mono()
        log.error("worker.ill", reason=reason)
        for consumer in self._consumers:
            consumer.receive_no_more()
        self._readiness.leave()
        self.look()
        if self._leaving.status is None:
            self._line.send(Recycle(reason))

    def _met_by(self, message_id: str) -> None:
        """The supervisor counts over how many workers a message did so."""
        self._line.send(Ill((message_id,)))
