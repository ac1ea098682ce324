"""All charts of the page, in groups. The charts of a group share their moments, and in a column one axis of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from punctuald.view.charts.chart import Chart
from punctuald.view.charts.json_form import as_fields

from .changes import marks_of
from .known_span import Keeping, known_span
from .latency import heat_chart, stages_chart
from .load import load_charts
from .past_interval import PastInterval
from .tiers import tier_charts

Changes = Sequence[Mapping[str, Any]]


def page_charts(
    intervals: Sequence[PastInterval], changes: Changes, threshold_seconds: Mapping[str, float], keeping: Keeping
) -> Mapping[str, Any]:
    """As JSON: ``begin`` and ``end`` of what is known, seconds since the epoch, None where no interval is over yet;
    ``known``, which says so in words; and ``groups``. ``changes`` are decisions of the autoscaler's, as in the status
    document, each different from the one before it."""
    begin, end = (intervals[0].begin_utc, intervals[-1].end_utc) if intervals else (None, None)
    tiers = [(tier, tier_charts(intervals, tier, threshold_seconds[tier])) for tier in _tiers(intervals)]
    groups = [
        *(_group(f"tier-{number}", f"Tier {tier}", charts) for number, (tier, charts) in enumerate(tiers)),
        _group("load", "Load and workers", load_charts(intervals, marks_of(changes, begin, end)), is_column=True),
        _group("time", "Where the time goes", [stages_chart(intervals), heat_chart(intervals)]),
    ]
    known = known_span(intervals, keeping)
    shown = groups if intervals else []
    return {"begin": begin, "end": end, "intervals": len(intervals), "known": known, "groups": shown}


def _tiers(intervals: Sequence[PastInterval]) -> Sequence[str]:
    """Of the last one: a tier of the configuration before a reload is shown no more."""
    return [tier.tier for tier in intervals[-1].tiers] if intervals else []


def _group(key: str, title: str, charts: Sequence[Chart], *, is_column: bool = False) -> Mapping[str, Any]:
    return {"key": key, "title": title, "is_column": is_column, "charts": [as_fields(chart) for chart in charts]}
