"""Which part of a log is meant, and what can be wrong with a log as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from punctuald.errors import PunctualdError


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment to another, which is not part of it; None = from the log's beginning, to its end."""

    since_utc: datetime | None = None
    until_utc: datetime | None = None


ALL = Span()


class LogUnreadable(PunctualdError):
    """The log, or a question about it, can't be answered; the text says why."""
