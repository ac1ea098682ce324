"""How long a message occupies a handler slot, where its handler is not all that it occupies it with."""

from __future__ import annotations

FEWEST_MESSAGES = 20
OUTWEIGHED = 2.0
"""So many times the handler's own time, before what comes on top of it counts: idle moments between two messages, a
tenth of the slots at most (`observation.FULL_SHARE`), must not pass for work."""


def service_seconds(mean_run_seconds: float, full_slot_seconds: float, finished_while_full: float) -> float:
    """Slot seconds that one message takes, for reckoning how many a worker can do.

    It is what its handler took, as long as slots do little else. But of messages that take microseconds a worker does
    what Python's lock, or the way to the source, lets through, with most of its slots idle. While all workers had as
    much as they could do, ``full_slot_seconds`` of all slots together, they finished so many: that tells it.
    """
    if finished_while_full < FEWEST_MESSAGES:
        return mean_run_seconds
    occupied_seconds = full_slot_seconds / finished_while_full
    return occupied_seconds if occupied_seconds > OUTWEIGHED * mean_run_seconds else mean_run_seconds
