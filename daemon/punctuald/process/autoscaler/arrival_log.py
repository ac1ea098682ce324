"""The arrivals as they go into the log, so that a log is a trace: `punctuald simulate --trace LOG` replays it."""

from __future__ import annotations

from collections.abc import Mapping

from punctuald.model import Arrivals

MOST_COUNTS = 300
"""In one event: each is a few digits, and what is cut off a line would be missing in the trace."""


class ArrivalLog:
    """Remembers what was logged of each second: a message that waited is counted in a second that was logged before."""

    def __init__(self) -> None:
        self._logged: dict[int, int] = {}

    def unlogged(self, arrivals: Arrivals, now_utc: float) -> list[Mapping[str, object]]:
        """The fields of the next events, none where there is nothing new, and several where one would be too long.

        ``first_second`` (UTC) and, from there on, by how many each second's count grew since it was logged. The second
        that is not over is left for the next time.
        """
        complete = [(second, count) for second, count in arrivals if second < int(now_utc)]
        grown = {
            second: count - logged for second, count in complete if count > (logged := self._logged.get(second, 0))
        }
        self._logged = dict(complete)
        events: list[Mapping[str, object]] = []
        while grown:
            first = min(grown)
            last = max(second for second in grown if second < first + MOST_COUNTS)
            events.append({"first_second": first, "counts": [grown.pop(n, 0) for n in range(first, last + 1)]})
        return events
