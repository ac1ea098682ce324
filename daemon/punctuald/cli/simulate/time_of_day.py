"""A time of day on the command line."""

from __future__ import annotations

import re

import click

TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


def seconds_of_day(text: str) -> int:
    """Seconds since midnight of HH:MM or HH:MM:SS."""
    found = TIME_OF_DAY.fullmatch(text)
    if found is None:
        raise click.UsageError(f"{text[:40]!r} is no time of day, such as 14:03 or 14:03:20")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
