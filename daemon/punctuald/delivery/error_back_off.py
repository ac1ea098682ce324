"""When a source does not do what was asked: how long to wait, and one log line for each change of state."""

from __future__ import annotations

from math import inf

from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Metric
from punctuald.policy.delivery.retry import error_backoff_seconds
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
from punctuald.policy.pool.illness import illness_of

from .queue_options import QueueOptions
from .worker_context import SourceOutages, WorkerContext

SAME_OUTAGE_SECONDS = 1.0
"""A call that begins so soon after a pause and fails belongs to the outage before it: no timer is on the dot."""


class ErrorBackOff:
    """One kind of call to one queue, and whether it fails at present.

    Each kind has its own state, because a queue that may be read but not deleted from would otherwise be announced as
    recovered with every receive and as unavailable with every acknowledgement. ``outages`` learn when it fails,
    the worker's own unless others are given.
    """

    def __init__(
        self, call: str, options: QueueOptions, context: WorkerContext, outages: SourceOutages | None = None
    ) -> None:
        self._call = call
        self._options = options
        self._context = context
        self._outages = context.source_outages if outages is None else outages
        self._errors = 0
        self._since_mono = 0.0
        self._away_mono = 0.0
        self._failed_mono = 0.0
        self._logged_mono = 0.0
        self._seconds = 0.0

    def failed(self, error: SourceError, begun_mono: float) -> float:
        """A call failed as a whole. Returns the seconds to wait before the next one.

        A call that was under way already (since ``begun_mono``) when another one failed does not lengthen the wait:
        many calls that one break of the network ends at once must not add up to the longest pause.
        """
        self._context.stats.count(self._options.index, Metric.SOURCE_ERROR)
        if (illness := illness_of(error)) is not None:
            self._context.illness.fell(illness.text)
        now_mono = self._context.clock.mono()
        if self._errors == 0:
            self._begin(error, now_mono)
        elif begun_mono > self._failed_mono + self._seconds + SAME_OUTAGE_SECONDS:
            self._away_mono = now_mono
        if self._errors == 0 or begun_mono > self._failed_mono:
            self._lengthen(error, now_mono)
        self._outages.failed(self._options.index, self._call, self._away_mono, until_mono=now_mono + self._seconds)
        return self._seconds

    def _begin(self, error: SourceError, now_mono: float) -> None:
        self._since_mono = self._away_mono = self._logged_mono = now_mono
        self._context.limited.warning(
            "source.unavailable", queue=self._options.name, call=self._call, code=_code(error), text=str(error)
        )

    def _lengthen(self, error: SourceError, now_mono: float) -> None:
        self._errors += 1
        if now_mono - self._logged_mono >= REMINDER_SECONDS:
            self._remind(error, now_mono)
        self._failed_mono = now_mono
        longest_seconds = error.longest_back_off_seconds if isinstance(error, SourceUnavailable) else inf
        self._seconds = error_backoff_seconds(
            self._errors, self._context.jitter(), self._options.longest_back_off_seconds
        )
        self._seconds = min(longest_seconds, self._seconds)

    def _remind(self, error: SourceError, now_mono: float) -> None:
        self._logged_mono = now_mono
        self._context.limited.warning(
            "source.still_unavailable",
            queue=self._options.name,
            call=self._call,
            code=_code(error),
            text=str(error),
            seconds=round(now_mono - self._since_mono, 3),
            failures=self._errors,
        )

    def ended(self) -> None:
        """A call succeeded."""
        if self._errors:
            now_mono = self._context.clock.mono()
            self._outages.ended(self._options.index, self._call, now_mono)
            seconds = round(now_mono - self._since_mono, 3)
            self._context.limited.info(
                "source.recovered", queue=self._options.name, call=self._call, seconds=seconds, failures=self._errors
            )
            self._errors = 0


def _code(error: SourceError) -> str:
    return error.code if isinstance(error, SourceUnavailable | SourceMisconfigured) else type(error).__name__
