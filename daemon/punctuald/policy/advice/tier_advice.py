"""What tiers say that is most likely not meant. That one holds at every minute the configuration itself sees to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from punctuald.policy.delivery.tiers import Tier, never_in_force, week_moments

from .amounts import span
from .finding import Finding, note, warning

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def tier_findings(tiers: Sequence[Tier], named: Collection[str], linger_seconds: float) -> list[tuple[str, Finding]]:
    """With the name of the tier that each is about. ``named`` are the tiers that sources name, and ``linger_seconds``
    the longest time that an acknowledgement may wait for others."""
    return [*_hidden(tiers, named), *_partly_hidden(tiers, named), *_too_tight(tiers, linger_seconds)]


def hidden_tiers(tiers: Sequence[Tier], named: Collection[str]) -> list[tuple[str, Finding]]:
    """Those that are never in force, with their names."""
    return list(_hidden(tiers, named))


def _hidden(tiers: Sequence[Tier], named: Collection[str]) -> Iterator[tuple[str, Finding]]:
    for hidden in never_in_force(tiers):
        name, before = tiers[hidden.tier].name, " and ".join(tiers[index].name for index in hidden.hidden_by)
        if name not in named:  # else it is in force for that queue, and was never meant to go by the clock
            yield (
                name,
                warning(
                    "tiers.never_in_force",
                    "never in force",
                    f"whenever it holds, {before} before it in the list does too; "
                    "only messages whose sla_tier names it have it",
                    f"its [[sla.tier]] before that of {before}",
                ),
            )


def _partly_hidden(tiers: Sequence[Tier], named: Collection[str]) -> Iterator[tuple[str, Finding]]:
    """A tighter tier behind a looser one. The other way round is how tiers are written: the last one has the rest."""
    never = {hidden.tier for hidden in never_in_force(tiers)}
    for index, tier in enumerate(tiers):
        if index in never or tier.name in named or _has_the_rest(tier):
            continue
        for before in tiers[:index]:
            moment = _first_overlap(before, tier)
            if before.threshold_seconds > tier.threshold_seconds and moment is not None:
                yield tier.name, _overlap(before, tier, moment)


def _has_the_rest(tier: Tier) -> bool:
    """It holds at all times, and is meant for those at which no other one does."""
    return tier.starts is None and not tier.days


def _overlap(before: Tier, tier: Tier, moment: datetime) -> Finding:
    return note(
        "tiers.overlap",
        f"{before.name} before it in the list holds at some of its hours too, from {_day_and_hour(moment)} on",
        f"messages have {span(before.threshold_seconds)} then, and not {span(tier.threshold_seconds)}",
        f"its [[sla.tier]] before that of {before.name}",
    )


def _first_overlap(one: Tier, other: Tier) -> datetime | None:
    return next((at for at in week_moments((one, other)) if one.holds_at(at) and other.holds_at(at)), None)


def _day_and_hour(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()]} {moment:%H:%M}"


def _too_tight(tiers: Sequence[Tier], linger_seconds: float) -> Iterator[tuple[str, Finding]]:
    for tier in tiers:
        if tier.threshold_seconds <= linger_seconds:
            yield (
                tier.name,
                warning(
                    "tiers.below_the_linger",
                    f"its threshold is {span(tier.threshold_seconds)}, and a deletion may wait {span(linger_seconds)}",
                    "messages are late by that wait alone where there is little traffic",
                    f"ack_linger_seconds = {tier.threshold_seconds / 10:g} in each [[queue]]",
                ),
            )
