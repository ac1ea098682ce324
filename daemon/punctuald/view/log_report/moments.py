"""Moments and lengths of time as a report shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from punctuald.log_tables.figures.report import Report
from punctuald.view.terminal.human import UNKNOWN, human_seconds, short_seconds


def moment(report: Report, utc: float | None) -> str:
    """By the report's clock, to the second."""
    if utc is None:
        return UNKNOWN
    zone = ZoneInfo(report.extent.zone if report.extent else "UTC")
    return f"{datetime.fromtimestamp(utc, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def seconds(value: float | None) -> str:
    """In three digits or so."""
    return UNKNOWN if value is None else human_seconds(value) if value else "0"


def length(begin_utc: float, end_utc: float) -> str:
    """From one moment to another."""
    return short_seconds(max(0.0, end_utc - begin_utc))
