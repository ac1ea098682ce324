"""Durations as a log's intervals have them: how many messages took how long, span by span."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from punctuald.stats.board.cells import MICROSECONDS, upper_edge

from .stamps import Seconds

Cells = Mapping[int, int]
"""How many messages by the cell of a histogram (`punctuald.stats.board.cells`)."""


class LoggedTimes:
    """Durations by span of time: those of a message are drawn from the span in which as large a part of all messages
    had been done as had been sent before it.

    So a message that waited has a time of when it was handled and not of when it was sent, as in the log. Within a
    cell, which is at most 1.6 % wide, all durations are equally likely.
    """

    def __init__(self, spans: Sequence[Cells]) -> None:
        """Raises `ValueError` where nothing was counted."""
        counted = [span for span in spans if sum(span.values())]
        if not counted:
            raise ValueError("no durations")
        self._cells = [np.asarray(sorted(span), dtype=np.int64) for span in counted]
        self._counts = [np.asarray([span[cell] for cell in sorted(span)], dtype=float) for span in counted]
        self._done = np.cumsum([counts.sum() for counts in self._counts])

    @property
    def mean_seconds(self) -> float:
        """See `ServiceTimes.mean_seconds`."""
        return float(sum(self._means()) / self._done[-1])

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        """``count`` durations, of messages in the order of their sending."""
        ranks = (np.arange(count) + 0.5) * self._done[-1] / max(1, count)
        firsts = np.searchsorted(ranks, np.concatenate(([0.0], self._done)))
        drawn = [
            _draw(cells, counts, int(last - first), rng)
            for cells, counts, first, last in zip(self._cells, self._counts, firsts[:-1], firsts[1:], strict=True)
        ]
        return np.concatenate(drawn)

    def _means(self) -> Seconds:
        return np.asarray(
            [
                float((counts * (_begin(cells) + _begin(cells + 1)) / 2).sum())
                for cells, counts in zip(self._cells, self._counts, strict=True)
            ]
        )


def _draw(cells: np.ndarray, counts: Seconds, count: int, rng: np.random.Generator) -> Seconds:
    """As many of each cell as there were in proportion, in any order. Drawn one by one, their sum would be off by some
    per cent, which is a backlog more or less where a pool is busy."""
    places = np.searchsorted(np.cumsum(counts), (np.arange(count) + rng.random()) * counts.sum() / max(1, count))
    chosen = rng.permutation(cells[np.minimum(places, len(cells) - 1)])
    begin = _begin(chosen)
    drawn: Seconds = begin + rng.random(count) * (_begin(chosen + 1) - begin)
    return drawn


def _begin(cells: np.ndarray) -> Seconds:
    """Where each cell begins, in seconds."""
    distinct, places = np.unique(cells, return_inverse=True)
    begins: Seconds = np.asarray([upper_edge(int(cell) - 1) / MICROSECONDS for cell in distinct])[places]
    return begins
