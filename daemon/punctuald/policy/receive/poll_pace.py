"""When a shard is read next: often enough to be on time, and within what all its consumers share.

A shard takes 5 reads and gives 2 MB a second, to all consumers together; an answer of 10 MB is paid for by 5 s in which
it refuses (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

SHARD_BYTES_PER_SECOND = 2_000_000
IDLE_SHARE = 0.2
"""A shard that has had nothing new is read again after this share of the time since it had: whatever comes then is late
by no more than that, and a busy shard never slows down."""

THROTTLED_FACTOR = 2.0
RELAXED_FACTOR = 0.75
"""By each good answer. A shard is back at its own pace within 20 s of the last refusal, however many there were."""

LONGEST_THROTTLED_SECONDS = 5.0
"""What the largest answer of another consumer costs."""


class NextPoll(NamedTuple):
    """``wait_seconds`` from now (0 or more), and what asks for that."""

    wait_seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class PollPace:
    """Of one shard. ``interval_seconds`` from read to read at the most; ``idle_interval_seconds`` (not less) where a
    shard has had nothing new for long.

    ``throttled_seconds`` is what refusals made of the interval, 0 where there were none; ``idle_seconds`` how long ago
    the last read was that brought something, or that was behind.
    """

    interval_seconds: float
    idle_interval_seconds: float
    throttled_seconds: float = 0.0
    idle_seconds: float = 0.0

    @property
    def least_seconds(self) -> float:
        """From one read to the next, now."""
        return max(self.interval_seconds, self.throttled_seconds)


def after_answer(
    pace: PollPace, *, data_bytes: int, behind_seconds: float, since_last_seconds: float, took_seconds: float
) -> tuple[PollPace, NextPoll]:
    """A read went well and brought ``data_bytes``. It began ``since_last_seconds`` after the one before it, and took
    ``took_seconds``.

    Nothing is not the end: a shard gives runs of empty answers while it is behind, each of them a step forward.
    """
    is_idle = data_bytes == 0 and behind_seconds <= 0
    pace = replace(
        pace,
        throttled_seconds=_relaxed(pace),
        idle_seconds=pace.idle_seconds + since_last_seconds if is_idle else 0.0,
    )
    seconds, reason = max(
        (pace.least_seconds, "throttled" if pace.throttled_seconds else "interval"),
        (min(pace.idle_interval_seconds, IDLE_SHARE * pace.idle_seconds), "idle"),
        (data_bytes / SHARD_BYTES_PER_SECOND, "bytes"),
    )
    return pace, NextPoll(max(0.0, seconds - took_seconds), reason)


def after_throttle(pace: PollPace) -> tuple[PollPace, NextPoll]:
    """The shard refused a read: others read it too, or too much was read."""
    longest_seconds = max(LONGEST_THROTTLED_SECONDS, pace.interval_seconds)
    pace = replace(pace, throttled_seconds=min(longest_seconds, pace.least_seconds * THROTTLED_FACTOR))
    return pace, NextPoll(pace.throttled_seconds, "throttled")


def _relaxed(pace: PollPace) -> float:
    seconds = pace.throttled_seconds * RELAXED_FACTOR
    return seconds if seconds > pace.interval_seconds else 0.0
