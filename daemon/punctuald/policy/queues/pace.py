"""How fast a dead-letter queue is emptied, and when it is empty."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from punctuald.ports import SQS_LARGEST_BATCH

BURST_SECONDS = 0.5
"""A batch has at most what may be sent in so long a time, so that a rate limit is one within each second too."""

AHEAD_SECONDS = 10.0
"""A receive brings at most what can be sent in so long a time: what was received must not wait until its lease ends."""

EMPTY_POLLS = 2
"""One long poll asks all of SQS's servers, and what it did not find may have become visible meanwhile."""


def batch_size(per_second: float) -> int:
    """Messages of one send, at a rate limit; infinity = none."""
    return _within_a_batch(per_second * BURST_SECONDS)


def receive_size(per_second: float, still_wanted: float = inf) -> int:
    """Messages of one receive, where no more than ``still_wanted`` are."""
    return min(_within_a_batch(per_second * AHEAD_SECONDS), _within_a_batch(still_wanted))


def next_send_mono(last_due_mono: float, now_mono: float, sent: int, per_second: float) -> float:
    """When the next batch may go, after ``sent`` messages that were due at ``last_due_mono``: time that went by unused
    is not made up for."""
    return max(last_due_mono, now_mono) + sent / per_second


def _within_a_batch(messages: float) -> int:
    return int(min(max(messages, 1), SQS_LARGEST_BATCH))


@dataclass(frozen=True, slots=True)
class Emptiness:
    """What is known when a receive brought nothing.

    ``elsewhere``: messages that are hidden and not by us; ``behind``: whether we hide messages of groups, whose
    followers do not come. ``idle_seconds``: since a receive last brought something.
    """

    empty_polls: int
    visible: int
    elsewhere: int
    behind: bool
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to end, and why or why not."""

    ends: bool
    reason: str


def after_nothing(seen: Emptiness, hidden_seconds: float) -> Verdict:
    """What an empty receive means. ``hidden_seconds``: for how long we hide what we receive, and so for how long a run
    of ours that was killed goes on hiding what it had."""
    if seen.empty_polls < EMPTY_POLLS:
        return Verdict(ends=False, reason="one empty poll")
    if seen.idle_seconds > hidden_seconds:
        return Verdict(ends=True, reason="nothing came for as long as messages are hidden")
    if seen.elsewhere > 0:
        return Verdict(ends=False, reason="some are hidden by others")
    if seen.visible > 0 and not seen.behind:
        return Verdict(ends=False, reason="some are there and did not come")
    return Verdict(ends=True, reason="empty")
