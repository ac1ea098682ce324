"""How long to wait before the next try: of a message whose handler failed, and of a source that failed.

``jitter`` is a random number from 0 to 1 that the caller draws. The two ways of using it are those of
«Exponential Backoff And Jitter» (AWS Architecture Blog, 2015).
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from .lease import LONGEST_LEASE_SECONDS

IN_PLACE_LEAST_SECONDS = 0.1
ERROR_INITIAL_SECONDS = 0.1
ERROR_LONGEST_SECONDS = 20.0
REGION_LONGEST_SECONDS = 2.0
"""Of a region that is one of several. With the time that a connection or an answer may take, 2 s or 3 s, one that is
back is found within 5 s."""

HIGHEST_EXPONENT = 32  # exceeds every maximum, and is far from a float's limit: a message may come back for ever


class RetryLimits(NamedTuple):
    """How often, and for how long, a message is tried whose source keeps no count of receives (a log's record).

    Whichever is reached first; the second try is always made, however long the first one took.
    """

    max_tries: float = inf
    for_seconds: float = inf

    def are_reached(self, tries: int, failing_seconds: float) -> bool:
        """Whether no try follows the one that failed just now, number ``tries``, ``failing_seconds`` after the first
        one began."""
        return tries >= self.max_tries or (tries > 1 and failing_seconds >= self.for_seconds)


def backoff_seconds(receive_count: int, initial_seconds: float, max_seconds: float, jitter: float) -> int:
    """Whole seconds (0 to 43,200) until a message that failed on its ``receive_count``-th delivery comes again.

    Equal jitter: of ``initial_seconds`` doubled with each delivery, one half is fixed and the other half is drawn. Full
    jitter, as for sources, would bring some messages back at once and use up their queue's maxReceiveCount within one
    short outage.
    """
    ceiling = min(max_seconds, LONGEST_LEASE_SECONDS, _doubled(initial_seconds, receive_count - 1))
    return round(ceiling / 2 + jitter * ceiling / 2)


def tried_seconds(tries: int, initial_seconds: float, max_seconds: float, jitter: float) -> float:
    """From the first try of a message that always fails to its last one, number ``tries`` (1 or more), if handling took
    no time: all its back-offs, with the same ``jitter`` each time."""
    waits = min(tries - 1, HIGHEST_EXPONENT + 1)  # from there on all are the longest
    seconds = [backoff_seconds(number, initial_seconds, max_seconds, jitter) for number in range(1, waits + 1)]
    return float(sum(seconds) + (tries - 1 - waits) * (seconds[-1] if seconds else 0))


def in_place_seconds(wanted_seconds: float) -> float:
    """Seconds until a message that stays in flight is tried again; ``wanted_seconds`` is what its back-off or its
    handler asks for.

    Nothing else slows such tries down, for no receive comes between them: a handler that fails at once, and asks for a
    retry at once, would be called without end, as fast as it fails.
    """
    return max(IN_PLACE_LEAST_SECONDS, wanted_seconds)


def error_backoff_seconds(
    consecutive_errors: int, jitter: float, longest_seconds: float = ERROR_LONGEST_SECONDS
) -> float:
    """Seconds (0.1 to ``longest_seconds``) before the next call to a source that failed ``consecutive_errors`` times in
    a row.

    Full jitter, because it spreads many clients' calls most widely, and an early call uses up no count here.
    """
    ceiling = min(longest_seconds, _doubled(ERROR_INITIAL_SECONDS, consecutive_errors))
    return max(ERROR_INITIAL_SECONDS, jitter * ceiling)


def _doubled(seconds: float, times: int) -> float:
    return float(seconds * 2 ** min(max(times, 0), HIGHEST_EXPONENT))
