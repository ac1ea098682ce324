"""One tier: its latencies against its threshold, and how fast it uses up its error budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.view.charts.chart import Axis, Chart, Kind, Threshold, Unit
from punctuald.view.charts.labels import label

from .axes import TIME, Value, greatest, series_of
from .past_interval import PastInterval, PastTier

_LATENCY = Axis("End to end", Unit.SECONDS, is_log=True)
_BURN = Axis("Times the budget", Unit.PER_SECOND)


def tier_charts(intervals: Sequence[PastInterval], tier: str, threshold_seconds: float) -> Sequence[Chart]:
    """In the order in which they stand on the page."""
    return [_latency(intervals, tier, threshold_seconds), _burn(intervals, tier)]


def _latency(intervals: Sequence[PastInterval], tier: str, threshold_seconds: float) -> Chart:
    series = (
        series_of("p50", intervals, _of(tier, lambda each: each.p50_seconds)),
        series_of("p95", intervals, _of(tier, lambda each: each.p95_seconds)),
        series_of("p99", intervals, _of(tier, lambda each: each.p99_seconds)),
    )
    worst = greatest(series[-1])
    limit = label(_LATENCY, threshold_seconds)
    said = "No message was handled." if worst is None else f"p99 was {label(_LATENCY, worst)} at most."
    return Chart(
        title=f"Latency of tier {tier}",
        kind=Kind.LINES,
        x_axis=TIME,
        y_axis=_LATENCY,
        series=series,
        thresholds=(Threshold(f"threshold {limit}", threshold_seconds),),
        summary=f"{said} The threshold is {limit}.",
    )


def _burn(intervals: Sequence[PastInterval], tier: str) -> Chart:
    series = (
        series_of("fast window", intervals, _of(tier, lambda each: each.burn.fast)),
        series_of("slow window", intervals, _of(tier, lambda each: each.burn.slow)),
    )
    worst = greatest(series[0])
    said = "It is not known how fast." if worst is None else f"The fast window's was {worst:.1f} times at most."
    return Chart(
        title=f"Burn of the error budget of tier {tier}",
        kind=Kind.LINES,
        x_axis=TIME,
        y_axis=_BURN,
        series=series,
        thresholds=(Threshold("all of it", 1.0),),
        summary=f"{said} At 1 the share of late messages is just what the objective allows.",
    )


def _of(tier: str, value: Callable[[PastTier], float | None]) -> Value:
    def find(interval: PastInterval) -> float | None:
        found = next((each for each in interval.tiers if each.tier == tier), None)
        return None if found is None else value(found)

    return find
