"""When a source does not do what was asked: how long to wait, and one log line for each change of state."""

from __future__ import annotations

import structlog

from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Counter
from punctuald.policy.retry import error_backoff_seconds

from .queue_options import QueueOptions
from .worker_context import WorkerContext

log = structlog.get_logger()


class ErrorBackOff:
    """One kind of call to one queue, and whether it fails at present.

    Each kind has its own state, because a queue that may be read but not deleted from would otherwise be announced as
    recovered with every receive and as unavailable with every acknowledgement.
    """

    def __init__(self, call: str, options: QueueOptions, context: WorkerContext) -> None:
        self._call = call
        self._options = options
        self._context = context
        self._errors = 0
        self._since_mono = 0.0

    def failed(self, error: SourceError) -> float:
        """A call failed as a whole. Returns the seconds to wait before the next one."""
        self._context.stats.count(self._options.index, Counter.SOURCE_ERROR)
        if self._errors == 0:
            self._since_mono = self._context.clock.mono()
            log.warning(
                "source.unavailable", queue=self._options.name, call=self._call, code=_code(error), text=str(error)
            )
        self._errors += 1
        return error_backoff_seconds(self._errors, self._context.jitter())

    def ended(self) -> None:
        """A call went through."""
        if self._errors:
            seconds = round(self._context.clock.mono() - self._since_mono, 3)
            log.info(
                "source.recovered", queue=self._options.name, call=self._call, seconds=seconds, failures=self._errors
            )
            self._errors = 0


def _code(error: SourceError) -> str:
    return error.code if isinstance(error, SourceUnavailable | SourceMisconfigured) else type(error).__name__
