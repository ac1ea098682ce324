"""The histograms' buckets. Each ends where a cell of the board ends, so that every count is exact."""

from __future__ import annotations

from collections.abc import Iterable

from punctuald.stats.board.cells import edge_at
from punctuald.stats.figures.histogram import Histogram

LADDER_SECONDS = (1 / 1024, 1 / 256, 1 / 64, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 5, 10, 30, 60, 300, 1200)


class Buckets:
    """Those of `LADDER_SECONDS`, and one for each of ``thresholds_seconds`` at which a cell ends (as 3 s, 10 s or 60 s,
    but not 0.2 s). Where none does the bucket is left out: met and missed are counted exactly elsewhere."""

    def __init__(self, thresholds_seconds: Iterable[float]) -> None:
        seconds = sorted({*map(float, LADDER_SECONDS), *map(float, thresholds_seconds)})
        edges = {each: edge for each in seconds if (edge := edge_at(each)) is not None}
        self._names = [repr(each) for each in edges]
        self._edges = list(edges.values())

    def of(self, histogram: Histogram) -> list[tuple[str, float]]:
        """As `prometheus_client` takes them: upper end and how many are below, the last one without an end.

        A cell counts from its lower edge on, so what took exactly as long as a bucket's end is in the next one.
        """
        below = histogram.counts_below(self._edges)
        return [*zip(self._names, map(float, below), strict=True), ("+Inf", float(histogram.count))]
