"""What the report shows over time. All of these charts have the same bins, so they share their time axis."""

from __future__ import annotations

from collections.abc import Iterator

from punctuald.log_tables.figures.clock import Extent
from punctuald.log_tables.figures.load import Curve, Load, TierCurves
from punctuald.log_tables.figures.report import Report
from punctuald.view.charts.chart import Axis, Band, Chart, Kind, Mark, MarkKind, Series, Shape, Threshold, Unit
from punctuald.view.terminal.human import human_seconds
from punctuald.view.terminal.printable import printable

_RELOADS = ("daemon.started", "daemon.stopped", "reload.")


def load_charts(report: Report) -> tuple[Chart, ...]:
    """Arrivals and backlog, and below them the workers, with the decisions as marks."""
    if report.extent is None or report.load is None:
        return ()
    return (*_load(report.extent, report.load, report), _workers(report.extent, report.load, report))


def latency_charts(report: Report) -> Iterator[Chart]:
    """Of each tier: quantiles, stages, and how the times were spread."""
    if report.extent is None:
        return
    for curves in report.curves:
        bands = tuple(
            Band(each.begin_utc, each.end_utc or report.extent.end_utc, f"{each.tier} violated: {each.cause or ''}")
            for each in report.violations
            if each.tier == curves.tier
        )
        yield _quantiles(report.extent, curves, bands)
        yield _stages(report.extent, curves)
        yield _spread(report.extent, curves)


def _load(extent: Extent, load: Load, report: Report) -> tuple[Chart, ...]:
    bands = tuple(
        Band(gap.begin_utc, gap.end_utc, "no intervals: the daemon had stopped" if gap.stopped else "no intervals")
        for gap in report.gaps
    )
    arrivals = _series(extent, "arrivals", load.arrivals_per_second)
    backlog = _series(extent, "backlog", load.backlog)
    return (
        Chart(
            "Arrivals a second", Kind.LINES, _time(extent), Axis("a second", Unit.PER_SECOND), (arrivals,), bands=bands,
            summary=_highest("arrivals a second", load.arrivals_per_second),
        ),
        Chart(
            "Backlog", Kind.LINES, _time(extent), Axis("messages", Unit.COUNT), (backlog,), bands=bands,
            summary=_highest("messages that waited", load.backlog),
        ),
    )  # fmt: skip


def _workers(extent: Extent, load: Load, report: Report) -> Chart:
    ordered = _series(extent, "ordered", load.workers_ordered, Shape.STEP)
    ready = _series(extent, "ready", load.workers_ready, Shape.STEP)
    marks = (*_decision_marks(report), *_death_marks(report), *_reload_marks(report))
    return Chart(
        "Workers, and why there were so many",
        Kind.LINES,
        _time(extent),
        Axis("workers", Unit.COUNT),
        (ordered, ready),
        marks=marks,
        summary=f"{_highest('workers ready', load.workers_ready)} {len(report.decisions)} decisions are marked.",
    )


def _decision_marks(report: Report) -> Iterator[Mark]:
    for each in report.decisions:
        yield Mark(each.utc, f"{each.before or 0} to {each.workers} workers: {each.reason}", MarkKind.DECISION)


def _death_marks(report: Report) -> Iterator[Mark]:
    for each in report.deaths:
        number = "" if each.worker is None else f" {each.worker}"
        yield Mark(each.utc, f"{each.role}{number} died: status {each.status} {each.cause or ''}", MarkKind.DEATH)


def _reload_marks(report: Report) -> Iterator[Mark]:
    for each in report.changes:
        if each.event.startswith(_RELOADS):
            yield Mark(each.utc, f"{each.event} {printable(each.text)}", MarkKind.RELOAD)


def _quantiles(extent: Extent, curves: TierCurves, bands: tuple[Band, ...]) -> Chart:
    limit = curves.threshold_seconds
    named = (("p50", curves.p50_seconds), ("p95", curves.p95_seconds), ("p99", curves.p99_seconds))
    return Chart(
        f"{printable(curves.tier)}: how long messages took",
        Kind.LINES,
        _time(extent),
        Axis("end to end", Unit.SECONDS, is_log=True),
        tuple(_series(extent, name, curve) for name, curve in named),
        bands=bands,
        thresholds=() if limit is None else (Threshold(f"threshold {human_seconds(limit)}", limit),),
        summary=_highest("seconds at p99", curves.p99_seconds),
    )


def _stages(extent: Extent, curves: TierCurves) -> Chart:
    return Chart(
        f"{printable(curves.tier)}: where the time went, on average",
        Kind.STACKED,
        _time(extent),
        Axis("mean", Unit.SECONDS),
        tuple(_series(extent, stage, curve) for stage, curve in curves.stage_seconds.items()),
        summary="The mean time of each stage, one on top of the other.",
    )


def _spread(extent: Extent, curves: TierCurves) -> Chart:
    octaves = range(min(curves.octaves), max(curves.octaves) + 1) if curves.octaves else ()
    empty: Curve = (None,) * len(extent.bins)
    rows = (
        _series(extent, f"< {human_seconds(2.0 ** (each + 1))}", curves.octaves.get(each, empty)) for each in octaves
    )
    return Chart(
        f"{printable(curves.tier)}: how the times were spread",
        Kind.HEAT,
        _time(extent),
        Axis("messages", Unit.COUNT),
        tuple(rows),
        summary="How many messages took how long, a row for each doubling. The stronger the colour, the more.",
    )


def _series(extent: Extent, name: str, curve: Curve, shape: Shape = Shape.LINE) -> Series:
    return Series(name, extent.bins, curve, shape)


def _time(extent: Extent) -> Axis:
    return Axis(f"time ({extent.zone})", Unit.TIME, zone=extent.zone)


def _highest(what: str, curve: Curve) -> str:
    known = [value for value in curve if value is not None]
    return f"At most {max(known):.4g} {what}." if known else f"Nothing is known of {what}."
