from __future__ import annotations

from math import ceil, fsum

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from doubles.stats.histograms import LOWEST_SECONDS, TOP_SECONDS, cell_of, of_durations
from punctuald.stats.board.cells import midpoint
from punctuald.stats.figures.histogram import merge

LOWEST_US = LOWEST_SECONDS * 1e6 * (1 + 1 / 64)
"""Below it there is one cell for all."""

durations = (
    st.floats(0, TOP_SECONDS) | st.floats(0, 0.000_3) | st.integers(0, 45).map(lambda bits: LOWEST_SECONDS * 2.0**bits)
)
lists = st.lists(durations, max_size=60)


def allowed_us(seconds: float) -> float:
    """How far from the truth, as documented."""
    return max(seconds * 1e6 * 0.01, LOWEST_US)


@given(durations)
def test_a_cells_midpoint_is_within_one_percent_of_all_it_counts(seconds: float) -> None:
    assume(seconds <= TOP_SECONDS)
    assert abs(midpoint(cell_of(seconds)) - seconds * 1e6) <= allowed_us(seconds)


@given(durations, durations)
def test_cells_keep_the_order_of_durations(one: float, other: float) -> None:
    assert (cell_of(one) <= cell_of(other)) or one > other


@given(st.lists(lists, max_size=5))
def test_merging_is_the_histogram_of_everything_together(parts: list[list[float]]) -> None:
    together = [seconds for part in parts for seconds in part]
    assert merge(of_durations(part) for part in parts) == of_durations(together)


@given(lists)
def test_counts_and_sums_are_conserved(parts: list[float]) -> None:
    histogram = of_durations(parts)
    longest_us = round(max(parts, default=0) * 1e6)
    assert (histogram.count, abs(histogram.max_us - longest_us) <= 1) == (len(parts), True)
    assert histogram.sum_us == pytest.approx(fsum(parts) * 1e6, abs=len(parts))


@given(lists.filter(bool), st.floats(0, 1))
def test_a_quantile_is_within_one_percent_of_the_true_one(parts: list[float], q: float) -> None:
    assume(max(parts) <= TOP_SECONDS)
    true = sorted(parts)[max(1, ceil(q * len(parts))) - 1]
    assert abs(of_durations(parts).quantile_us(q) - true * 1e6) <= allowed_us(true)
