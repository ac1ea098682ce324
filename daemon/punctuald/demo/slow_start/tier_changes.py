"""What a daemon's log says of tiers that were violated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from punctuald.demo.daemon_log import RESTORED, VIOLATED, Event, utc_of


@dataclass(frozen=True, slots=True)
class TierChange:
    """A tier was violated, or was restored, ``at_seconds`` after the first event was sent. ``late`` counts from the
    violation's begin; ``cause`` and ``doing`` are of a violation only."""

    at_seconds: float
    tier: str
    restored: bool
    late: int
    worst_seconds: float
    cause: str = ""
    doing: str = ""


def tier_changes(events: Iterable[Event], started_utc: float) -> tuple[TierChange, ...]:
    """In their order; reminders are no changes."""
    return tuple(
        TierChange(
            at_seconds=utc_of(event) - started_utc,
            tier=event["tier"],
            restored=event["event"] == RESTORED,
            late=event["late"],
            worst_seconds=event["worst_seconds"],
            cause=event.get("cause", ""),
            doing=event.get("doing", ""),
        )
        for event in events
        if event["event"] in {VIOLATED, RESTORED} and not event.get("reminder")
    )


def unmet(changes: Sequence[TierChange]) -> tuple[str, ...]:
    """What a demo that was to show a violation and its end did not show."""
    if all(change.restored for change in changes):
        return ("no tier was violated, though the handlers began late",)
    return () if changes[-1].restored else (f"{changes[-1].tier} was violated and not restored",)
