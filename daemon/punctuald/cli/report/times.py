"""Moments and spans as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from punctuald.errors import ConfigurationError
from punctuald.log_tables.span import Span

_AGO = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BETWEEN = ".."


class Zone(click.ParamType[ZoneInfo]):
    """The IANA name of a time zone."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        """To the zone."""
        if isinstance(value, ZoneInfo):
            return value
        try:
            return ZoneInfo(value)
        except (ValueError, OSError, KeyError):  # not found, a path that leads elsewhere, a folder
            self.fail(f"{value!r} is no time zone such as Europe/Berlin", param, ctx)


def moment(option: str, text: str | None, zone: ZoneInfo, now_utc: datetime) -> datetime | None:
    """``2026-11-27``, ``2026-11-27 14:00`` by the clock of ``zone``, the same with an offset, or ``2h``: so long ago.

    None for None. Raises `ConfigurationError`, which names ``option``.
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now_utc - timedelta(seconds=float(ago[1]) * _SECONDS[ago[2]])
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f"{option}: {text!r} is no moment such as 2026-11-27T14:00, nor a time ago such as 2h"
        ) from None
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


def is_span(text: str) -> bool:
    """Whether it can be nothing but a span: ``FROM..TO``."""
    return _BETWEEN in text


def span(option: str, text: str, zone: ZoneInfo, now_utc: datetime) -> Span:
    """``FROM..TO``, each as `moment` has it; an end that is left out is the log's. Raises `ConfigurationError`."""
    begin, end = (part.strip() or None for part in text.split(_BETWEEN, 1))
    found = Span(moment(option, begin, zone, now_utc), moment(option, end, zone, now_utc))
    return checked(option, found)


def checked(option: str, found: Span) -> Span:
    """The span, if it is one. Raises `ConfigurationError`."""
    if found.since_utc is not None and found.until_utc is not None and found.since_utc >= found.until_utc:
        raise ConfigurationError(f"{option}: the span ends before it begins")
    return found
