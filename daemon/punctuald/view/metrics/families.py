"""Metric families in one line each: `prometheus_client` has a class for each kind, filled row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

PREFIX = "punctuald_"

Row = tuple[Sequence[str], float]
"""The labels' values in their order, and the value."""


def gauge(name: str, meaning: str, value: float) -> Metric:
    """One number, without labels, that may go up and down."""
    return gauges(name, meaning, (), [((), value)])


def gauges(name: str, meaning: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    """The same for each of ``rows``. A name that ends in _seconds has that as its unit (OpenMetrics)."""
    family = GaugeMetricFamily(PREFIX + name, meaning, labels=labels, unit=_unit(name))
    for values, value in rows:
        family.add_metric(values, value)
    return family


def counters(name: str, meaning: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    """Totals that never go back; ``name`` without its _total."""
    family = CounterMetricFamily(PREFIX + name, meaning, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _unit(name: str) -> str:
    return "seconds" if name.endswith("_seconds") else ""
