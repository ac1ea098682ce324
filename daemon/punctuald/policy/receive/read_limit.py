"""How many records a read of a shard may bring: what there is room for, and what arrives within a call's time."""

from __future__ import annotations

from typing import NamedTuple

LARGEST_LIMIT = 10_000
"""Of one GetRecords (Kinesis API reference)."""

REGAINED_SHARE = 1 / 16
"""By each good answer: slowly, since a limit that is too large again costs a whole time-out."""


class ReadLimit(NamedTuple):
    """``most`` records at a time, as time-outs allow; each was ``messages_each`` (1 or more) in the last answer that
    had any, more where a producer packs them."""

    most: int = LARGEST_LIMIT
    messages_each: float = 1.0


def records_for(limit: ReadLimit, room: int) -> int:
    """To ask for (1 to `LARGEST_LIMIT`), where there is room for ``room`` messages."""
    return max(1, min(limit.most, int(room / limit.messages_each)))


def after_read(limit: ReadLimit, records: int, messages: int) -> ReadLimit:
    """So many records came, which were so many messages."""
    if not records:
        return limit
    most = min(LARGEST_LIMIT, limit.most + max(1, int(limit.most * REGAINED_SHARE)))
    return ReadLimit(most, max(1.0, messages / records))


def after_time_out(limit: ReadLimit, asked: int) -> ReadLimit:
    """The answer to a read of ``asked`` records did not come in time. One has up to 10 MB: on a slow line it never
    would, and half of it may."""
    return limit._replace(most=max(1, min(limit.most, asked // 2)))
