"""The tiers' part of the status document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.clock import iso_utc
from punctuald.model import Stage
from punctuald.policy.delivery.tiers import compliance, error_budget_left
from punctuald.policy.sla.violation import TierStep
from punctuald.policy.sla.windows import SlaRules, Window
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.figures import histogram
from punctuald.stats.figures.histogram import Histogram
from punctuald.stats.figures.intervals import Interval

_QUANTILES = {"p50_seconds": 0.50, "p95_seconds": 0.95, "p99_seconds": 0.99}


def tier_fields(
    tier: str, threshold_seconds: float, step: TierStep | None, interval: Interval, rules: SlaRules
) -> Mapping[str, Any]:
    """One tier; ``step`` None: nobody has looked at it yet."""
    return {
        "tier": tier,
        "threshold_seconds": threshold_seconds,
        "objective": rules.objective,
        **_standing(step, rules.objective),
        "interval": _interval(tier, interval),
    }


def _standing(step: TierStep | None, objective: float) -> Mapping[str, Any]:
    if step is None:
        return dict.fromkeys(_STANDING)
    look, violation = step.state.history[-1].look, step.state.violation
    counted = look.met + look.missed
    return {
        "violated": step.is_violated,
        "violated_since": None if violation is None else iso_utc(violation.since_utc),
        "overdue": look.overdue,
        **_window("fast", step.fast, objective),
        **_window("slow", step.slow, objective),
        "met": look.met,
        "missed": look.missed,
        "compliance": round(compliance(look.met, look.missed), 6) if counted else None,
        "budget_left": round(error_budget_left(look.met, look.missed, objective), 4),
    }


def _window(name: str, window: Window, objective: float) -> Mapping[str, Any]:
    return {
        f"messages_{name}": window.messages,
        f"compliance_{name}": round(window.compliance, 6) if window.messages else None,
        f"burn_{name}": round(window.burn(objective), 3),
    }


_STANDING = (
    *("violated", "violated_since", "overdue"),
    *(f"{what}_{window}" for window in ("fast", "slow") for what in ("messages", "compliance", "burn")),
    *("met", "missed", "compliance", "budget_left"),
)


def _interval(tier: str, interval: Interval) -> Mapping[str, Any]:
    """Over all queues."""
    figures = [each for each in interval.tiers if each.tier == tier]
    stages = {stage: histogram.merge(each.stages[stage] for each in figures) for stage in Stage} if figures else {}
    measured = {stage: merged for stage, merged in stages.items() if merged.cells}
    whole = measured.pop(Stage.END_TO_END, None)
    return {
        "messages": sum(each.met + each.missed for each in figures),
        **_seconds(whole),
        "max_seconds": None if whole is None else round(whole.max_us / MICROSECONDS, 6),
        "stages": {stage.name.lower(): _seconds(merged) for stage, merged in measured.items()},
    }


def _seconds(merged: Histogram | None) -> Mapping[str, float | None]:
    if merged is None:
        return dict.fromkeys(_QUANTILES)
    return {name: round(merged.quantile_us(share) / MICROSECONDS, 6) for name, share in _QUANTILES.items()}
