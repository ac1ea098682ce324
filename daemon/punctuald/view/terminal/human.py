"""Numbers as people say them."""

from __future__ import annotations

MILLISECOND = 0.001
MINUTE = 60


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
