from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from punctuald.stats.histogram import TOP_US, cell_of, merge, midpoint, of_durations

durations_us = st.integers(0, TOP_US) | st.integers(0, 300) | st.integers(0, 40).map(lambda bits: (1 << bits) - 1)
lists = st.lists(durations_us, max_size=60)


@given(durations_us)
def test_a_cells_midpoint_is_within_one_percent_of_all_it_counts(us: int) -> None:
    assert abs(midpoint(cell_of(us)) - us) <= us * 0.01


@given(durations_us, durations_us)
def test_cells_keep_the_order_of_durations(one: int, other: int) -> None:
    assert (cell_of(one) <= cell_of(other)) or one > other


@given(st.lists(lists, max_size=5))
def test_merging_is_the_histogram_of_everything_together(parts: list[list[int]]) -> None:
    together = [us for part in parts for us in part]
    assert merge(of_durations(part) for part in parts) == of_durations(together)


@given(lists)
def test_counts_and_sums_are_conserved(parts: list[int]) -> None:
    histogram = of_durations(parts)
    assert (histogram.count, histogram.sum_us, histogram.max_us) == (len(parts), sum(parts), max(parts, default=0))


@given(lists.filter(bool), st.floats(0, 1))
def test_a_quantile_is_within_one_percent_of_the_true_one(parts: list[int], q: float) -> None:
    true = sorted(parts)[max(1, ceil(q * len(parts))) - 1]
    assert abs(of_durations(parts).quantile_us(q) - true) <= true * 0.01
