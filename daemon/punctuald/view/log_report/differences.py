"""Numbers beside each other, and how far they are apart."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.view.terminal.human import UNKNOWN, human_share

Shown = Callable[[float], str]


def shown_or_unknown(value: float | None, shown: Shown) -> str:
    """A dash for what is not known."""
    return UNKNOWN if value is None else shown(value)


def difference(first: float | None, second: float | None, shown: Shown) -> str:
    """Second less first, with its sign where that much can be seen."""
    if first is None or second is None:
        return UNKNOWN
    size = shown(abs(second - first))
    sign = "" if size == shown(0.0) else "+" if second > first else "-"
    return f"{sign}{size}"


def per_cent(share: float) -> str:
    """With three digits, as long as it is not the whole."""
    return f"{share * 100:.3f} %" if share < 1 else human_share(share)


def number(value: float) -> str:
    """Whole, or with four digits."""
    return f"{value:,.4g}" if value != int(value) else f"{int(value):,}"
