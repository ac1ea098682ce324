"""Why a message was late: one cause for each, so that causes add up to all misses."""

from __future__ import annotations

from enum import IntEnum


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
