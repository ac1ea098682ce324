"""The arrivals as they go into the log, so that a log is a trace: `punctuald simulate --trace LOG` replays it."""

from __future__ import annotations

from collections.abc import Mapping

from punctuald.model import Arrivals


class ArrivalLog:
    """Remembers what was logged of each second: a message that waited is counted in a second that was logged before."""

    def __init__(self) -> None:
        self._logged: dict[int, int] = {}

    def unlogged(self, arrivals: Arrivals, now_utc: float) -> Mapping[str, object] | None:
        """The fields of the next event, None where there is nothing new.

        ``first_second`` (UTC) and, from there on, by how many each second's count grew since it was logged. The second
        that is not over is left for the next time.
        """
        complete = [(second, count) for second, count in arrivals if second < int(now_utc)]
        grown = {
            second: count - logged for second, count in complete if count > (logged := self._logged.get(second, 0))
        }
        self._logged = dict(complete)
        if not grown:
            return None
        first = min(grown)
        return {"first_second": first, "counts": [grown.get(second, 0) for second in range(first, max(grown) + 1)]}
