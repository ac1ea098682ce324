"""Which tier each message of one queue is in, without asking the calendar each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import repeat
from math import inf
from typing import NamedTuple

from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.tiers import Calendar, TierTarget, tier_target

SPANS_KNOWN = 2
"""At an edge, messages of both of its sides come at once."""

LOOK_BACK_SECONDS = 60.0
"""Out of order, the next message may be older than the one that was looked up."""


class _Span(NamedTuple):
    """Whatever may run from a moment between these two on has the same target."""

    from_utc: float
    until_utc: float
    target: TierTarget


class TierResolver:
    """`tier_target` of one queue's messages.

    The tier in force changes a few times a day, and to find it takes a walk through a time zone: its target is
    remembered, from a minute before the message that was looked up to the next edge. Most messages name no tier and
    name no time of their own; they have just that target.
    """

    def __init__(self, calendar: Calendar, pinned_tier: int | None, event_time: EventTime) -> None:
        self._calendar = calendar
        self._pinned_tier = pinned_tier
        self._event_time = event_time
        self._tells_time = bool(event_time.field)
        self._known: tuple[_Span, ...] = (_Span(inf, -inf, calendar.target_of(0)),)

    def of_all(self, messages: Sequence[Message], due_utcs: Sequence[float]) -> Iterable[TierTarget]:
        """The target of each of ``messages``, which have these due times. Mostly that is one for all."""
        if not self._tells_time and not any([message.attributes for message in messages]):  # noqa: C419 - quicker
            first_utc, last_utc = min(due_utcs), max(due_utcs)
            for from_utc, until_utc, target in self._known:
                if from_utc <= first_utc and last_utc < until_utc:
                    return repeat(target)
        return map(self.of, messages, due_utcs)

    def of(self, message: Message, due_utc: float) -> TierTarget:
        """The target of ``message``, which may run from ``due_utc`` on: mostly that is when it was sent."""
        if message.attributes or self._tells_time:
            return tier_target(
                message, self._calendar, pinned_tier=self._pinned_tier, event_time=self._event_time, due_utc=due_utc
            )
        for from_utc, until_utc, target in self._known:
            if from_utc <= due_utc < until_utc:
                return target
        return self._look_up(due_utc)

    def _look_up(self, due_utc: float) -> TierTarget:
        span = self._span_of(due_utc)
        others = [known for known in self._known if known.until_utc != span.until_utc]
        self._known = (span, *others[: SPANS_KNOWN - 1])
        return span.target

    def _span_of(self, due_utc: float) -> _Span:
        calendar = self._calendar
        if self._pinned_tier is not None:
            return _Span(-inf, inf, replace(calendar.target_of(self._pinned_tier), pinned=True))
        begin_utc = due_utc - LOOK_BACK_SECONDS
        edge = calendar.next_edge(begin_utc)
        if edge is not None and edge.at_utc <= due_utc:
            begin_utc, edge = due_utc, calendar.next_edge(due_utc)
        until_utc = inf if edge is None else edge.at_utc
        return _Span(begin_utc, until_utc, calendar.target_of(calendar.tier_at(due_utc)))
