"""Where messages' time goes: the stages on top of one another, and how latencies are spread."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.model import Stage
from punctuald.view.charts.chart import Axis, Chart, Kind, Series, Unit
from punctuald.view.charts.labels import label

from .axes import TIME, Value, latest, series_of
from .past_interval import LATENCY_EDGES_SECONDS, PastInterval

_MEAN = Axis("Mean", Unit.SECONDS)
_MESSAGES = Axis("Messages", Unit.COUNT)
_STAGES = tuple(stage.name.lower() for stage in Stage if stage is not Stage.END_TO_END)


def stages_chart(intervals: Sequence[PastInterval]) -> Chart:
    """Of all tiers together."""
    series = tuple(series_of(stage, intervals, _mean_of(stage)) for stage in _STAGES)
    known = [one for one in series if latest(one) is not None]
    longest = max(known, key=lambda one: latest(one) or 0.0, default=None)
    said = "No message was handled just now." if longest is None else f"Most of it is stage {longest.name} now."
    return Chart("Mean time of a message by stage", Kind.STACKED, TIME, _MEAN, series, summary=said)


def heat_chart(intervals: Sequence[PastInterval]) -> Chart:
    """Of all tiers together; spans of latency that nothing fell into all the time are left out at both ends."""
    totals = [sum(each.latencies[row] for each in intervals) for row in range(len(LATENCY_EDGES_SECONDS) + 1)]
    touched = [row for row, total in enumerate(totals) if total]
    rows = range(touched[0], touched[-1] + 1) if touched else range(0)
    said = "No message was handled."
    if touched:
        spread = f"the slowest took {_name(touched[-1])}, the quickest {_name(touched[0])}"
        said = f"{sum(totals):,} messages; {spread}. The stronger the colour, the more."
    series = tuple(_row(row, intervals) for row in rows)
    return Chart("Latencies of messages over time", Kind.HEAT, TIME, _MESSAGES, series, summary=said)


def _row(row: int, intervals: Sequence[PastInterval]) -> Series:
    places = tuple(round(each.begin_utc, 3) for each in intervals)
    return Series(_name(row), places, tuple(float(each.latencies[row]) for each in intervals))


def _name(row: int) -> str:
    """By the lower edge; the lowest row by its upper one."""
    if row == 0:
        return f"under {label(_MEAN, LATENCY_EDGES_SECONDS[0])}"
    return f"{label(_MEAN, LATENCY_EDGES_SECONDS[row - 1])} or more"


def _mean_of(stage: str) -> Value:
    return lambda interval: interval.stage_seconds.get(stage)
