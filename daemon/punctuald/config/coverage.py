"""Whether some tier holds at every minute of the week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from punctuald.policy.delivery.tiers import MIDNIGHT, Tier

DAYS_A_WEEK = 7
A_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001  # a wall clock's reading in no zone: only weekday and hour count


def first_uncovered_minute(tiers: Sequence[Tier]) -> datetime | None:
    """The week's first wall-clock minute, from Monday on, at which none of ``tiers`` holds; None where all are covered.

    A gap can only begin at midnight or where some tier's hours end, so only these moments are tried and not all 10,080
    minutes. Daylight saving time needs no attention: its changes skip or repeat minutes, and make no new ones.
    """
    for day in range(DAYS_A_WEEK):
        for hour in sorted(_edges(tiers)):
            moment = datetime.combine(A_MONDAY + timedelta(days=day), hour)
            if not any(tier.holds_at(moment) for tier in tiers):
                return moment
    return None


def _edges(tiers: Sequence[Tier]) -> set[time]:
    return {MIDNIGHT} | {tier.ends for tier in tiers if tier.ends is not None}
