"""What each message of one queue is promised, without asking the calendar each time."""

from __future__ import annotations

from math import inf

from punctuald.model import Message
from punctuald.policy.event_time import EventTime
from punctuald.policy.sla import Calendar, Promise, promise


class Promises:
    """`policy.sla.promise` of one queue.

    The tier in force changes a few times a day, and to find it takes a walk through a time zone: what it promises is
    remembered from the edge before to the edge after. Most messages name no tier and tell no time of their own; they
    are promised just that.
    """

    def __init__(self, calendar: Calendar, pinned_tier: int | None, event_time: EventTime) -> None:
        self._calendar = calendar
        self._pinned_tier = pinned_tier
        self._event_time = event_time
        self._tells_time = bool(event_time.field)
        # from, until, promise: one tuple, so that threads see its parts together
        self._known = (inf, -inf, calendar.promise_of(0))

    def of(self, message: Message) -> Promise:
        """What ``message`` is promised."""
        if message.attributes or self._tells_time:
            return promise(message, self._calendar, pinned_tier=self._pinned_tier, event_time=self._event_time)
        from_utc, until_utc, promised = self._known
        return promised if from_utc <= message.sent_utc < until_utc else self._look_up(message.sent_utc)

    def _look_up(self, sent_utc: float) -> Promise:
        calendar = self._calendar
        if self._pinned_tier is None:
            edge, promised = calendar.next_edge(sent_utc), calendar.promise_of(calendar.tier_at(sent_utc))
            self._known = (sent_utc, inf if edge is None else edge.at_utc, promised)
        else:
            promised = calendar.promise_of(self._pinned_tier)
            self._known = (-inf, inf, promised)
        return promised
