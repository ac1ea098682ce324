"""Sends the figures, from a thread of its own in the autoscaler's process, which has access to AWS.

A look-up of a name or of credentials may hang for minutes: nobody waits for this thread, and it ends with the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import inf

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.logs import logger
from punctuald.policy.log_lines.rate import REMINDER_SECONDS

from .readings import Reading

log = logger()

_LEAVE_SECONDS = 0.2


class Publisher:
    """``put`` sends a reading; `SourceError` = it did not get there. What could not be sent is not sent later: it would
    be taken for a figure of then."""

    def __init__(
        self,
        read: Callable[[float], Reading],
        put: Callable[[Reading], None],
        clock: Clock,
        interval_seconds: float,
    ) -> None:
        self._read = read
        self._put = put
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._failures = 0
        self._since_mono = self._logged_mono = -inf
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cloudwatch", daemon=True)

    def start(self) -> None:
        """Begin; the first figures go out after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more; a call that hangs is not waited for."""
        self._stopped.set()
        self._thread.join(_LEAVE_SECONDS)

    def send_once(self) -> None:
        """What came since the last time. No failure gets out, not even a defect: scaling does not depend on this."""
        try:
            self._put(self._read(self._clock.mono()))
        except SourceError as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - see above
            self._failed(f"{type(error).__name__}: {error}")
        else:
            self._succeeded()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval_seconds):
            self.send_once()

    def _failed(self, error: str) -> None:
        now_mono = self._clock.mono()
        if self._failures == 0:
            self._since_mono = now_mono
        self._failures += 1
        if self._failures == 1 or now_mono - self._logged_mono >= REMINDER_SECONDS:
            self._logged_mono = now_mono
            log.warning("cloudwatch.failed", error=error, **self._so_far(now_mono))

    def _succeeded(self) -> None:
        if self._failures:
            log.info("cloudwatch.sent_again", **self._so_far(self._clock.mono()))
        self._failures = 0

    def _so_far(self, now_mono: float) -> dict[str, float]:
        return {"seconds": round(now_mono - self._since_mono, 3), "failures": self._failures}
