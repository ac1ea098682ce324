"""Arrivals by second of sending: a ring with one word a second.

A word packs the second and its count, so one store changes both at once and a reader needs no guard. The second of
*sending* and not of receiving, because the scaler wants the producers' rhythm and not the echo of its own decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from punctuald.model import Arrivals

from .layout import ARRIVAL_CELLS, Words

COUNT_BITS = 28
COUNT_MASK = (1 << COUNT_BITS) - 1
WINDOW_SECONDS = 900


def record(ring: Words, sent_second: int, n: int) -> None:
    """Count ``n`` messages sent in ``sent_second``.

    A cell that holds a later second keeps it: a second that is a whole ring older is of no use to any reader.
    """
    cell = sent_second % ARRIVAL_CELLS
    word = ring[cell]
    held_second = word >> COUNT_BITS
    if held_second == sent_second:
        ring[cell] = sent_second << COUNT_BITS | min((word & COUNT_MASK) + n, COUNT_MASK)
    elif held_second < sent_second:
        ring[cell] = sent_second << COUNT_BITS | min(n, COUNT_MASK)


def merged(rings: Iterable[Sequence[int]]) -> Arrivals:
    """All rings' words as one, sorted by second."""
    counts: dict[int, int] = {}
    for ring in rings:
        for word in filter(None, ring):
            second = word >> COUNT_BITS
            counts[second] = counts.get(second, 0) + (word & COUNT_MASK)
    return tuple(sorted(counts.items()))
