"""Numbers as people say them."""

from __future__ import annotations

MILLISECOND = 0.001
MINUTE = 60
HOUR = 3600
DAY = 86400

UNKNOWN = "–"  # noqa: RUF001 - a dash, for a hyphen looks like a minus
"""What is not known is shown as this and never as 0."""

_LONG_COUNT = 100_000
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def human_seconds(seconds: float) -> str:
    """A duration in three significant digits or so: 850 µs, 1.2 ms, 12 ms, 1.24 s, 2 min 05 s."""
    if seconds < MILLISECOND:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 10 * MILLISECOND:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1 - MILLISECOND / 2:  # what would be rounded to 1000 ms is a second
        return f"{seconds * 1000:.0f} ms"
    if seconds < MINUTE:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes} min {rest:02d} s"


def human_share(share: float) -> str:
    """A share in per cent, never rounded up to the full hundred: 0.99999 is 99.99 %."""
    per_cent = round(share * 100, 2)
    return f"{min(per_cent, 99.99) if share < 1 else per_cent:.2f} %"


def short_seconds(seconds: float | None) -> str:
    """A duration in at most seven characters, for a column: 12.34 s, 2m 05s, 3h 12m, 5d 03h; None is `UNKNOWN`."""
    if seconds is None:
        return UNKNOWN
    if seconds <= 0:
        return "0 s"
    if seconds < MINUTE - 0.005:  # what would be rounded to 60.00 s is a minute
        return human_seconds(seconds)
    whole = round(seconds)
    for unit, name, part, part_name in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "m")):
        if whole >= unit:
            return f"{whole // unit}{name} {whole % unit // part:02d}{part_name}"
    return f"{whole // MINUTE}m {whole % MINUTE:02d}s"


def short_count(count: int | None) -> str:
    """A count in at most six characters: 12,345, 250k, 1.2M; None is `UNKNOWN`."""
    if count is None:
        return UNKNOWN
    return f"{count:,}" if count < _LONG_COUNT else _in_units(count)


def short_rate(per_second: float | None) -> str:
    """A rate in at most six characters: 0.05, 12.5, 1,235, 250k; None is `UNKNOWN`."""
    if per_second is None:
        return UNKNOWN
    if per_second >= 1000:  # noqa: PLR2004 - four digits say enough
        return short_count(round(per_second))
    return f"{per_second:.1f}" if per_second >= 1 or per_second == 0 else f"{per_second:.2f}"


def short_bytes(count: int | None) -> str:
    """Memory in MiB, as `memory_reserve_mb` has it: 12 MB; None is `UNKNOWN`."""
    return UNKNOWN if count is None else f"{count / 2**20:,.0f} MB"


def _in_units(count: float) -> str:
    """Three digits or so, never rounded up: 999,999 is 999k."""
    unit, name = next((unit, name) for unit, name in _UNITS if count >= unit)
    value = count / unit
    return f"{int(value * 10) / 10:.1f}{name}" if value < 10 else f"{int(value)}{name}"  # noqa: PLR2004 - digits
