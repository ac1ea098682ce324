"""The daemon's stop: who asked for it, how quick it is to be, and the status that it ends with."""

from __future__ import annotations

import signal

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.pool.by_hand import stop_counts
from punctuald.policy.pool.fleet import Event
from punctuald.process.exit_status import ExitStatus

from .notify import Notifier
from .pool import Pool

log = logger()

_REASONS = {Event.DRAIN: "asked to stop", Event.FAST: "asked to be quick", Event.KILL: "asked to end at once"}


class DaemonStop:
    """Orders every worker to end. ``event`` says how; None while nobody wants a stop."""

    def __init__(self, pool: Pool, notifier: Notifier, clock: Clock) -> None:
        self._pool = pool
        self._notifier = notifier
        self._clock = clock
        self._asked_mono: float | None = None  # when the first signal came
        self._repetition_logged = False
        self.event: Event | None = None
        self.exit_status: int = ExitStatus.OK

    def asked_by(self, number: signal.Signals) -> None:
        """SIGTERM drains, a second one or SIGINT gives back what runs; SIGQUIT kills."""
        if number is signal.SIGQUIT:
            self.order(Event.KILL, _REASONS[Event.KILL])
            return
        if not self._is_meant(number):
            return
        event = Event.DRAIN if number is signal.SIGTERM and self.event is None else Event.FAST
        self.order(event, _REASONS[event])

    def _is_meant(self, number: signal.Signals) -> bool:
        first_mono, now_mono = self._asked_mono, self._clock.mono()
        if first_mono is None:
            self._asked_mono = now_mono
            return True
        counts = stop_counts(first_mono, now_mono)
        if counts or not self._repetition_logged:
            self._repetition_logged = True
            log.info("stop.repeated", signal=number.name, after_seconds=round(now_mono - first_mono, 3), counts=counts)
        return counts

    def order(self, event: Event, reason: str, status: int | None = None) -> None:
        """Stop, for whatever reason; ``status`` is what the daemon then ends with."""
        if self.event is None:
            log.info("daemon.stopping", how=event.value, reason=reason, workers=self._pool.alive)
        self.event = event
        self.exit_status = self.exit_status if status is None else status
        self._notifier.stopping(f"stopping: {reason}")
        self._pool.order_all(event, reason)
