"""What the tiers make of the week: whether one holds at every minute, and whether each is in force at any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from punctuald.policy.delivery.tiers import MIDNIGHT, Tier

DAYS_A_WEEK = 7
A_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001  # a wall clock's reading in no zone: only weekday and hour count


@dataclass(frozen=True, slots=True)
class NeverInForce:
    """The tier with index ``tier`` holds only when one of those before it does too: ``hidden_by``, by their indexes."""

    tier: int
    hidden_by: tuple[int, ...]


def first_uncovered_minute(tiers: Sequence[Tier]) -> datetime | None:
    """The week's first wall-clock minute, from Monday on, at which none of ``tiers`` holds; None where all are covered.

    Daylight saving time needs no attention: its changes skip or repeat minutes, and make no new ones.
    """
    return next((moment for moment in _moments(tiers) if not any(tier.holds_at(moment) for tier in tiers)), None)


def never_in_force(tiers: Sequence[Tier]) -> list[NeverInForce]:
    """The tiers that no time of the week puts a message in, in their order, because the first that holds is taken."""
    hidden_by: dict[int, set[int]] = {index: set() for index in range(len(tiers))}
    for moment in _moments(tiers):
        first, *others = [index for index, tier in enumerate(tiers) if tier.holds_at(moment)] or [-1]
        hidden_by.pop(first, None)
        for index in hidden_by.keys() & set(others):
            hidden_by[index].add(first)
    return [NeverInForce(index, tuple(sorted(others))) for index, others in hidden_by.items()]


def _moments(tiers: Sequence[Tier]) -> Iterator[datetime]:
    """Every wall-clock minute of a week at which what holds can change: between two of them nothing does."""
    hours = {MIDNIGHT} | {hour for tier in tiers for hour in (tier.starts, tier.ends) if hour is not None}
    for day in range(DAYS_A_WEEK):
        for hour in sorted(hours):
            yield datetime.combine(A_MONDAY + timedelta(days=day), hour)
