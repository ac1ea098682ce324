"""Why a message was late: one cause for each, so that causes add up to all misses. Points in time are monotonic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import NamedTuple

WORTH_NAMING_SHARE = 0.1
"""What took at least this share of a message's time is worth being named for it, even where the message would have been
late all the same: behind an outage of ten seconds waits a backlog of a minute."""


class MissCause(IntEnum):
    """In the order in which they are looked for: the first that matches is the cause. The number is the word's place on
    the board."""

    OUTAGE = 0  # its queue's source did not answer, or refused, during its way
    DOWNSTREAM = 1  # what its handler calls was away
    REDELIVERY = 2  # it had been received, or tried, before
    SCALE_UP_LAG = 3  # it waited in the queue while fewer workers were ready than there should have been
    PRODUCE = 4  # from here on: the stage that took the most of its time
    QUEUE = 5
    READY = 6
    HANDLE = 7
    SETTLE = 8


NONE_MISSED = (0,) * len(MissCause)
"""By cause, in their order: no message was late."""


class Span(NamedTuple):
    """From when to when something was the case; infinite ``until_mono``: it still is."""

    since_mono: float
    until_mono: float


NEVER = Span(0.0, 0.0)
SINCE_EVER_MONO = 1e-9


def overlap_seconds(span: Span, begin_mono: float, end_mono: float) -> float:
    """For how long ``span`` was the case between the two; 0.0 where it was not."""
    return max(0.0, min(span.until_mono, end_mono) - max(span.since_mono, begin_mono))


def short_of_workers(before: Span, *, ordered: int, ready: int, now_mono: float) -> Span:
    """When there were fewer workers ready than ordered, the last time, as it is known now; ``before``: as it was known
    a moment ago, NEVER at the first look. Where no worker is ready at the first look, none ever was."""
    if ready >= ordered:
        return before if before.until_mono < inf else Span(before.since_mono, now_mono)
    if before is NEVER and ready == 0:
        return Span(SINCE_EVER_MONO, inf)
    return before if before.until_mono == inf else Span(now_mono, inf)


@dataclass(frozen=True, slots=True)
class Lateness:
    """One late message.

    ``late_seconds`` after its deadline it was settled; ``stage_seconds`` are produce, queue, ready, handle and settle.
    For so many seconds of its way its source was away (``outage_seconds``), what its handler calls
    (``downstream_seconds``, until it started), and workers that had been ordered (``short_seconds``, while it waited in
    the queue). ``tried_before``: it was received or tried before.
    """

    late_seconds: float
    stage_seconds: Sequence[float]
    outage_seconds: float = 0.0
    downstream_seconds: float = 0.0
    tried_before: bool = False
    short_seconds: float = 0.0


def miss_cause(late: Lateness) -> MissCause:
    """The first cause that matches, in the order of `MissCause`.

    What was away matches where the message would have been on time without it, or where it took a tenth of the
    message's time. Where nothing matches, the stage that took the most; of two that took as much, the first.
    """
    enough_seconds = min(late.late_seconds, WORTH_NAMING_SHARE * sum(late.stage_seconds))
    if 0 < late.outage_seconds >= enough_seconds:
        return MissCause.OUTAGE
    if 0 < late.downstream_seconds >= enough_seconds:
        return MissCause.DOWNSTREAM
    if not late.tried_before and 0 < late.short_seconds >= enough_seconds:
        return MissCause.SCALE_UP_LAG
    [cause] = causes_of_their_own([late.stage_seconds], [late.tried_before])
    return cause


def causes_of_their_own(stage_seconds: Iterable[Sequence[float]], tried_before: Iterable[bool]) -> list[MissCause]:
    """`miss_cause` of each where nothing was away and no worker was missing. Of many at once, for a whole backlog can
    be late."""
    return [
        _REDELIVERY if tried else _STAGES[seconds.index(max(seconds))]
        for seconds, tried in zip(stage_seconds, tried_before, strict=True)
    ]


_REDELIVERY = MissCause.REDELIVERY
_STAGES = (MissCause.PRODUCE, MissCause.QUEUE, MissCause.READY, MissCause.HANDLE, MissCause.SETTLE)
