"""A point in time on a screen: the time of day is enough, and it is UTC, as in the log."""

from __future__ import annotations

from datetime import datetime

from punctuald.view.terminal.human import UNKNOWN
from punctuald.view.terminal.printable import printable


def time_of_day(utc: str | None) -> str:
    """``utc`` in ISO 8601, as 16:00:07; what is no such time is shown as it is, and None as `UNKNOWN`."""
    if utc is None:
        return UNKNOWN
    try:
        return datetime.fromisoformat(utc).strftime("%H:%M:%S")
    except ValueError:
        return printable(utc)
