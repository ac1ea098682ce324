"""An interval as log lines ``stats.interval``: fields of one line each, none longer than the log takes."""

from __future__ import annotations

from .intervals import Interval


def interval_lines(interval: Interval, *, begin_utc: float, seconds: float) -> list[dict[str, object]]:
    """The fields of each line, in order; always at least one, the daemon's own.

    The interval began at ``begin_utc`` (UTC seconds) and took ``seconds``.
    """
    raise NotImplementedError
