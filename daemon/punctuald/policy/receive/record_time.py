"""From when on a record's latency counts: producers write its time themselves, and brokers hardly check it."""

from __future__ import annotations

AHEAD_ALLOWED_SECONDS = 60.0
"""Clocks differ. What is further ahead is no clock that could be believed."""

LONGEST_AGE_SECONDS = 400 * 86_400.0
"""Older than any topic is usually kept, and much younger than what a wrong unit makes of now: 1970."""


def trusted_utc(record_utc: float | None, received_utc: float, *, by_broker: bool) -> float | None:
    """The record's own time where it can be believed; None = count from when it was first seen.

    ``by_broker``: the broker wrote it when it appended the record (LogAppendTime), so it is right whatever it says.
    """
    if record_utc is None or record_utc <= 0:
        return None
    if by_broker:
        return record_utc
    age_seconds = received_utc - record_utc
    return record_utc if -AHEAD_ALLOWED_SECONDS <= age_seconds <= LONGEST_AGE_SECONDS else None
