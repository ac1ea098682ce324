"""What each message of one queue is promised, without asking the calendar each time."""

from __future__ import annotations

from math import inf

from punctuald.model import Message
from punctuald.policy.event_time import EventTime
from punctuald.policy.sla import Calendar, Promise, promise, promise_from_send


class Promises:
    """`policy.sla.promise` of one queue.

    The tier in force changes a few times a day, and to find it takes a walk through a time zone: it is remembered from
    the edge before to the edge after. Most messages name no tier and tell no time of their own; they are promised just
    that.
    """

    def __init__(self, calendar: Calendar, pinned_tier: int | None, event_time: EventTime) -> None:
        self._calendar = calendar
        self._pinned_tier = pinned_tier
        self._event_time = event_time
        self._known = (inf, -inf, 0)  # from, until, tier: one tuple, so that threads see its parts together

    def of(self, message: Message) -> Promise:
        """What ``message`` is promised."""
        if message.attributes or self._event_time.field:
            return promise(message, self._calendar, pinned_tier=self._pinned_tier, event_time=self._event_time)
        sent_utc, tier = message.sent_utc, self._pinned_tier
        if tier is None:
            from_utc, until_utc, tier = self._known
            if not from_utc <= sent_utc < until_utc:
                tier = self._tier_at(sent_utc)
        return promise_from_send(sent_utc, self._calendar, tier)

    def _tier_at(self, utc: float) -> int:
        edge, tier = self._calendar.next_edge(utc), self._calendar.tier_at(utc)
        self._known = (utc, inf if edge is None else edge.at_utc, tier)
        return tier
