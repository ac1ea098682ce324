"""Which tier holds when, which target a message therefore has, and how well targets were met.

Tiers follow the wall clock of their time zone, also where daylight saving time (DST) begins or ends: hours that the
wall clock shows twice count twice, and hours that it skips do not happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from punctuald.errors import ConfigurationError
from punctuald.model import Message

from .event_time import EventTime

TIER_ATTRIBUTE = "sla_tier"
HORIZON_DAYS = 8  # a tier may hold on one weekday only, so a week and a day shows every edge there is
DAY_SECONDS = 86_400
MIDNIGHT = time(0)
DAYS_A_WEEK = 7
A_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001  # a wall clock's reading in no zone: only weekday and hour count


@dataclass(frozen=True, slots=True)
class Tier:
    """A threshold, and the local hours and weekdays when it holds.

    The hours are from ``starts`` up to but not including ``ends``; where one of them is missing, the day's own begin or
    end takes its place. ``ends`` at or before ``starts`` lies on the next day. ``days`` (0 = Monday; empty = all) are
    those on which the hours begin: Friday 22:00 to 06:00 includes Saturday at 05:00.
    """

    name: str
    threshold_seconds: float
    starts: time | None = None
    ends: time | None = None
    days: frozenset[int] = frozenset()

    def holds_at(self, local: datetime) -> bool:
        """Whether it holds when the clock on the wall shows ``local``."""
        shown, starts, ends = local.time(), self.starts or MIDNIGHT, self.ends or MIDNIGHT
        today, yesterday = local.weekday(), (local.weekday() - 1) % 7
        if starts < ends:
            return starts <= shown < ends and self._begins_on(today)
        return (shown >= starts and self._begins_on(today)) or (shown < ends and self._begins_on(yesterday))

    def _begins_on(self, weekday: int) -> bool:
        return not self.days or weekday in self.days


class Edge(NamedTuple):
    """From ``at_utc`` on, ``tier`` holds instead of another."""

    at_utc: float
    tier: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The tiers in the order of the configuration, and the time zone of their hours.

    Raises `ConfigurationError` without any tier.
    """

    tiers: tuple[Tier, ...]
    zone: ZoneInfo

    def __post_init__(self) -> None:
        """Refuse a calendar that could not answer."""
        if not self.tiers:
            raise ConfigurationError("sla.tier: at least one tier is needed")

    def tier_at(self, utc: float) -> int:
        """The index of the tier in force: the first that holds, or the last one where none does."""
        local = datetime.fromtimestamp(utc, self.zone)
        holding = (index for index, tier in enumerate(self.tiers) if tier.holds_at(local))
        return next(holding, len(self.tiers) - 1)

    def next_edge(self, utc: float) -> Edge | None:
        """The next change of tier after ``utc``, or None within 8 days.

        The tier can only change where the wall clock reaches an hour named by a tier, midnight, or a change of the
        zone's offset: these instants are tried in order, some 20 a day, and not every minute of the week.
        """
        current = self.tier_at(utc)
        until = utc + HORIZON_DAYS * DAY_SECONDS
        instants = {*self._named_hours(utc), *self._offset_changes(utc)}
        for at_utc in sorted(instant for instant in instants if utc < instant <= until):
            tier = self.tier_at(at_utc)
            if tier != current:
                return Edge(at_utc, tier)
        return None

    def target_of(self, tier: int) -> TierTarget:
        """The target of a message in the tier with index ``tier``, where nothing is known but when it may run."""
        return TierTarget(tier, self.tiers[tier].threshold_seconds)

    def index_of(self, name: str) -> int | None:
        """The index of the tier called ``name``, if there is one."""
        return next((index for index, tier in enumerate(self.tiers) if tier.name == name), None)

    def _named_hours(self, utc: float) -> Iterator[float]:
        hours = {MIDNIGHT} | {hour for tier in self.tiers for hour in (tier.starts, tier.ends) if hour is not None}
        first = datetime.fromtimestamp(utc, self.zone).date() - timedelta(
            days=1
        )  # a fold at midnight shows a day twice
        for day in (first + timedelta(days=number) for number in range(HORIZON_DAYS + 3)):
            for hour in hours:
                # fold=1: an hour that is shown twice is an edge both times; of any other hour both are the same instant
                yield datetime.combine(day, hour, self.zone).timestamp()
                yield datetime.combine(day, hour.replace(fold=1), self.zone).timestamp()

    def _offset_changes(self, utc: float) -> Iterator[float]:
        # zoneinfo does not list its transitions. They are months apart, so a day whose ends differ has just one.
        first = int(utc)
        for begin in range(first, first + HORIZON_DAYS * DAY_SECONDS, DAY_SECONDS):
            low, high = begin, begin + DAY_SECONDS
            if self._offset(low) == self._offset(high):
                continue
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if self._offset(middle) == self._offset(begin) else (low, middle)
            yield float(high)

    def _offset(self, utc: float) -> timedelta | None:
        return datetime.fromtimestamp(utc, UTC).astimezone(self.zone).utcoffset()


@dataclass(frozen=True, slots=True)
class TierTarget:
    """By when one message has to be done: ``threshold_seconds`` after its event.

    ``produce_seconds`` is what had passed between the event and the send (0 where the event's time is not known).
    ``pinned``: the message or its queue names the tier; it does not go by the clock.
    """

    tier: int
    threshold_seconds: float
    produce_seconds: float = 0.0
    pinned: bool = field(default=False, compare=False)


def tier_target(
    message: Message,
    calendar: Calendar,
    *,
    pinned_tier: int | None,
    event_time: EventTime,
    due_utc: float | None = None,
) -> TierTarget:
    """The target of ``message``, for good: nothing that happens later changes it.

    The tier is the one that its ``sla_tier`` attribute names, else ``pinned_tier`` (its queue's), else the one in force
    at its due time, which is when it was sent where ``due_utc`` is None. A name that no tier has is ignored: a
    producer's slip must not stop the queue.
    """
    named = calendar.index_of(message.attributes.get(TIER_ATTRIBUTE, ""))
    pinned = named if named is not None else pinned_tier
    tier = pinned if pinned is not None else calendar.tier_at(message.sent_utc if due_utc is None else due_utc)
    event_utc = event_time.read(message)
    target = replace(calendar.target_of(tier), pinned=pinned is not None)
    return target if event_utc is None else replace(target, produce_seconds=message.sent_utc - event_utc)


@dataclass(frozen=True, slots=True)
class NeverInForce:
    """The tier with index ``tier`` holds only when one of those before it does too: ``hidden_by``, by their indexes."""

    tier: int
    hidden_by: tuple[int, ...]


def first_uncovered_minute(tiers: Sequence[Tier]) -> datetime | None:
    """The week's first wall-clock minute, from Monday on, at which none of ``tiers`` holds; None where all are covered.

    Daylight saving time needs no attention: its changes skip or repeat minutes, and make no new ones.
    """
    return next((moment for moment in week_moments(tiers) if not any(tier.holds_at(moment) for tier in tiers)), None)


def never_in_force(tiers: Sequence[Tier]) -> list[NeverInForce]:
    """The tiers that no time of the week puts a message in, in their order, because the first that holds is taken."""
    hidden_by: dict[int, set[int]] = {index: set() for index in range(len(tiers))}
    for moment in week_moments(tiers):
        first, *others = [index for index, tier in enumerate(tiers) if tier.holds_at(moment)] or [-1]
        hidden_by.pop(first, None)
        for index in hidden_by.keys() & set(others):
            hidden_by[index].add(first)
    return [NeverInForce(index, tuple(sorted(others))) for index, others in hidden_by.items()]


def week_moments(tiers: Sequence[Tier]) -> Iterator[datetime]:
    """Every wall-clock minute of a week at which what holds can change: between two of them nothing does."""
    hours = {MIDNIGHT} | {hour for tier in tiers for hour in (tier.starts, tier.ends) if hour is not None}
    for day in range(DAYS_A_WEEK):
        for hour in sorted(hours):
            yield datetime.combine(A_MONDAY + timedelta(days=day), hour)


def compliance(met: int, missed: int) -> float:
    """The share of messages that met their target, 0 to 1; 1 where there was none."""
    return met / (met + missed) if met + missed else 1.0


def error_budget_left(met: int, missed: int, objective: float) -> float:
    """The share of the error budget that is not used up: 1 untouched, 0 used up, negative overdrawn.

    The budget is the (1 - ``objective``) of all messages that may be late (Google's SRE book, chapter 3). An objective
    of 1 allows none: the first late message then counts as a budget of one overdrawn by one, not as minus infinity,
    which JSON cannot carry.
    """
    if not missed:
        return 1.0
    allowed = (1 - objective) * (met + missed)
    return 1 - missed / allowed if allowed > 0 else -float(missed)
