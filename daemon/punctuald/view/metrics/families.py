"""Metric families in one line each: `prometheus_client` has a class for each kind, filled row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

PREFIX = "punctuald_"
UNITS = ("seconds", "bytes")

Row = tuple[Sequence[str], float]
"""The labels' values in their order, and the value."""


def gauge(name: str, meaning: str, value: float) -> Metric:
    """One number, without labels, that may go up and down."""
    return gauges(name, meaning, (), [((), value)])


def some_gauge(name: str, meaning: str, value: float | None) -> Metric:
    """The same where it is known; None has no sample, for unknown is not zero."""
    return gauges(name, meaning, (), [] if value is None else [((), value)])


def gauges(name: str, meaning: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    """The same for each of ``rows``. A name that ends in one of `UNITS` has that as its unit (OpenMetrics)."""
    unit = name.rpartition("_")[2]
    family = GaugeMetricFamily(PREFIX + name, meaning, labels=labels, unit=unit if unit in UNITS else "")
    for values, value in rows:
        family.add_metric(values, value)
    return family


def counters(name: str, meaning: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    """Totals that never go back; ``name`` without its _total."""
    family = CounterMetricFamily(PREFIX + name, meaning, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family
