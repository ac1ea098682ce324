"""Which threshold is the tightest now, of those that any queue goes by, and when that changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from punctuald.policy.delivery.tiers import Calendar

_LOOK_AHEAD_SECONDS = 3600.0  # what holds until further notice is looked up again after this


@dataclass(frozen=True, slots=True)
class TightestInForce:
    """The tightest threshold, and where it is known, when it changes and to what.

    ``by_clock_…``: the same of the messages that go by the clock, where any queue's do.
    """

    threshold_seconds: float
    next_threshold_seconds: float | None = None
    edge_utc: float | None = None
    by_clock_seconds: float | None = field(default=None, compare=False)
    by_clock_next_seconds: float | None = field(default=None, compare=False)


class TightestTier:
    """The queues' own tiers, and the calendar where one has none.

    Finding the next edge in the calendar takes a third of a millisecond, so it is done when the last one is past.
    """

    def __init__(self, calendar: Calendar, pinned_seconds: tuple[float, ...], *, by_calendar: bool) -> None:
        self._calendar = calendar
        self._pinned_seconds = pinned_seconds
        self._by_calendar = by_calendar
        self._in_force: TightestInForce | None = None
        self._from_utc = 0.0
        self._until_utc = 0.0

    def in_force(self, utc: float) -> TightestInForce:
        """At ``utc``, which may jump."""
        if self._in_force is None or not self._from_utc <= utc < self._until_utc:
            self._in_force = self._look_up(utc)
        return self._in_force

    def _look_up(self, utc: float) -> TightestInForce:
        self._from_utc, self._until_utc = utc, utc + _LOOK_AHEAD_SECONDS
        if not self._by_calendar:
            return TightestInForce(min(self._pinned_seconds))
        edge, by_clock = self._calendar.next_edge(utc), self._by_clock_seconds(utc)
        if edge is None:
            return TightestInForce(self._tightest(by_clock), by_clock_seconds=by_clock)
        self._until_utc = min(self._until_utc, edge.at_utc)
        following = self._by_clock_seconds(edge.at_utc)
        return TightestInForce(self._tightest(by_clock), self._tightest(following), edge.at_utc, by_clock, following)

    def _by_clock_seconds(self, utc: float) -> float:
        return self._calendar.tiers[self._calendar.tier_at(utc)].threshold_seconds

    def _tightest(self, by_clock_seconds: float) -> float:
        return min([*self._pinned_seconds, by_clock_seconds])
