"""Keeps an eye on a running daemon: its process, its log and the ledger, looked at together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from punctuald.clock import Clock

from .daemon_log import READY, RESTORED, DaemonLog, ready_workers
from .daemon_process import DaemonProcess, DaemonRunError
from .ledger import Ledger
from .sender import Pause

LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    sent: int
    processed: int
    workers: int


OnProgress = Callable[[Progress], None]


class Watch:
    """Waits for things that the daemon does, and fails loudly when it dies instead."""

    def __init__(
        self,
        daemon: DaemonProcess,
        log: DaemonLog,
        ledger: Ledger,
        *,
        clock: Clock,
        on_progress: OnProgress,
        pause: Pause = time.sleep,
    ) -> None:
        self.sent_ids: list[str] = []
        self._daemon = daemon
        self._log = log
        self._ledger = ledger
        self._clock = clock
        self._on_progress = on_progress
        self._pause = pause

    def until_ready(self, timeout_seconds: float) -> None:
        """Returns once workers take messages; raises `DaemonRunError` if that takes longer."""
        if not self._until(lambda: self._log.last(READY) is not None, timeout_seconds):
            raise DaemonRunError(self._log.with_tail(f"the daemon was not ready within {timeout_seconds:g} s"))

    def until_processed(self, timeout_seconds: float) -> None:
        """Returns once every event in ``sent_ids`` was processed, or when the time is up; the tally says which."""
        self._until(lambda: self._ledger.tally(self.sent_ids).lost == 0, timeout_seconds)

    def until_restored(self, timeout_seconds: float) -> None:
        """Returns once a tier that was violated is good again, or when the time is up; the log says which."""
        self._until(lambda: self._log.last(RESTORED) is not None, timeout_seconds)

    def pause(self, seconds: float) -> None:
        """Let time pass, and keep watching the daemon."""
        self._until(lambda: False, seconds)

    def look(self) -> None:
        """Read what is new, and report the progress; raises `DaemonRunError` if the daemon is gone."""
        self._log.refresh()
        self._ledger.refresh()
        tally = self._ledger.tally(self.sent_ids)
        self._on_progress(Progress(tally.sent, tally.processed, ready_workers(self._log.events)))
        status = self._daemon.exit_status
        if status is not None:
            raise DaemonRunError(self._log.with_tail(f"the daemon ended too soon, with exit status {status}"))

    def _until(self, condition: Callable[[], bool], timeout_seconds: float) -> bool:
        deadline_mono = self._clock.mono() + timeout_seconds
        while True:
            self.look()
            if condition():
                return True
            left_seconds = deadline_mono - self._clock.mono()
            if left_seconds <= 0:
                return False
            self._pause(min(LOOK_SECONDS, left_seconds))
