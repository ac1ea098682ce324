"""When a source does not do what was asked: how long to wait, and one log line for each change of state."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from punctuald.clock import Clock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Counter
from punctuald.policy.retry import error_backoff_seconds

from .recorder import Recorder
from .terms import QueueTerms

log = structlog.get_logger()

Jitter = Callable[[], float]
"""A random number from 0 to 1, drawn anew at each call."""


class Outage:
    """One kind of call to one queue, and whether it fails at present. For use by one thread.

    Each kind has its own state, because a queue that may be read but not deleted from would otherwise be announced as
    recovered with every receive and as unavailable with every acknowledgement.
    """

    def __init__(self, call: str, terms: QueueTerms, recorder: Recorder, clock: Clock, jitter: Jitter) -> None:
        self._call = call
        self._terms = terms
        self._recorder = recorder
        self._clock = clock
        self._jitter = jitter
        self._errors = 0
        self._since_mono = 0.0

    def failed(self, error: SourceUnavailable | SourceMisconfigured) -> float:
        """A call failed as a whole. Returns the seconds to wait before the next one."""
        self._recorder.count(self._terms.index, Counter.SOURCE_ERROR)
        if self._errors == 0:
            self._since_mono = self._clock.mono()
            log.warning("source.unavailable", queue=self._terms.name, call=self._call, code=error.code, text=str(error))
        self._errors += 1
        return error_backoff_seconds(self._errors, self._jitter())

    def ended(self) -> None:
        """A call went through."""
        if self._errors:
            seconds = round(self._clock.mono() - self._since_mono, 3)
            log.info(
                "source.recovered", queue=self._terms.name, call=self._call, seconds=seconds, failures=self._errors
            )
            self._errors = 0
