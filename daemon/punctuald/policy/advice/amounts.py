"""Times, sizes and money as findings say them."""

from __future__ import annotations

MINUTE_SECONDS = 60
HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400
MONTH_SECONDS = 30 * DAY_SECONDS
MIB = 1 << 20
GIB = 1 << 30


def span(seconds: float) -> str:
    """Of some use to the eye: 0.3 s, 45 s, 12 min, 36 h, 6.5 d. Rounded to three digits, and hours up to two days."""
    if seconds >= 2 * DAY_SECONDS:
        return f"{seconds / DAY_SECONDS:.3g} d"
    if seconds >= HOUR_SECONDS:
        return f"{seconds / HOUR_SECONDS:.3g} h"
    return f"{seconds / MINUTE_SECONDS:.3g} min" if seconds >= 2 * MINUTE_SECONDS else f"{seconds:.3g} s"


def size(amount_bytes: float) -> str:
    """In MiB, or in GiB from one on."""
    return f"{amount_bytes / GIB:.1f} GiB" if amount_bytes >= GIB else f"{amount_bytes / MIB:.0f} MiB"


def money(usd: float) -> str:
    """US dollars: with cents up to a hundred."""
    return f"{usd:.2f} USD" if usd < 100 else f"{usd:,.0f} USD"  # noqa: PLR2004 - beyond it nobody counts cents


def counted(number: int, thing: str) -> str:
    """A number of things: 1 partition, 3 partitions."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
