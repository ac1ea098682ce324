"""What comes, what waits and who works, below one another, with the autoscaler's decisions as marks in each."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.view.charts.chart import Axis, Chart, Kind, Mark, Series, Shape, Unit
from punctuald.view.charts.labels import label

from .axes import TIME, greatest, latest, series_of
from .past_interval import PastInterval

_RATE = Axis("Messages per second", Unit.PER_SECOND)
_BACKLOG = Axis("Messages", Unit.COUNT)
_WORKERS = Axis("Workers", Unit.COUNT)


def load_charts(intervals: Sequence[PastInterval], marks: tuple[Mark, ...]) -> Sequence[Chart]:
    """In the order in which they stand on the page."""
    rates = (
        series_of("arrivals", intervals, lambda each: each.arrivals / each.seconds),
        series_of("done", intervals, lambda each: each.done / each.seconds),
        series_of("failed", intervals, lambda each: each.failed / each.seconds),
        series_of("dead-lettered", intervals, lambda each: each.dead_lettered / each.seconds),
    )
    backlog = series_of("waiting at the source", intervals, lambda each: each.backlog)
    workers = (
        series_of("ready", intervals, lambda each: each.workers_ready, Shape.STEP),
        series_of("wanted", intervals, lambda each: each.workers_wanted, Shape.STEP),
    )
    return [
        _chart("Arrivals and what is done", _RATE, rates, marks, f"{_most(_RATE, rates[0])}."),
        _chart("Backlog", _BACKLOG, (backlog,), marks, f"{_most(_BACKLOG, backlog)}."),
        _chart(
            "Workers",
            _WORKERS,
            workers,
            marks,
            f"{_now(workers[0])}; their number was decided anew {_times(len(marks))}.",
        ),
    ]


def _chart(title: str, axis: Axis, series: tuple[Series, ...], marks: tuple[Mark, ...], summary: str) -> Chart:
    return Chart(title, Kind.LINES, TIME, axis, series, marks=marks, summary=summary)


def _most(axis: Axis, series: Series) -> str:
    worst = greatest(series)
    return "It is not known how many" if worst is None else f"At most {label(axis, worst)} {axis.title.lower()}"


def _now(series: Series) -> str:
    count = latest(series)
    return "It is not known how many are ready" if count is None else f"{count:.0f} are ready"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
