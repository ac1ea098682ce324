"""What an operator allows of one queue, for the sake of what its handlers call."""

from __future__ import annotations

from typing import NamedTuple

from punctuald.model import IN_REGION


class QueueLimits(NamedTuple):
    """``concurrency``: messages that are handled at once, in all workers of the daemon together. ``rate_per_second``:
    handlers that start in a second, likewise. None = no limit."""

    concurrency: int | None = None
    rate_per_second: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return self != NO_LIMITS


NO_LIMITS = QueueLimits()


def limited_as(queue: str) -> str:
    """The name under which the limits of ``queue`` stand: the regions of a queue share those of the whole."""
    return queue.partition(IN_REGION)[0]
