from __future__ import annotations

import pytest

from punctuald.stats.histogram import (
    CELLS,
    EMPTY,
    TOP_US,
    Histogram,
    cell_of,
    difference,
    merge,
    midpoint,
    of_durations,
    quantile,
)


def test_whole_microseconds_below_128_have_a_cell_each() -> None:
    assert [cell_of(us) for us in range(128)] == list(range(128))
    assert [midpoint(cell) for cell in range(128)] == list(range(128))


def test_an_octave_is_cut_into_64_cells() -> None:
    assert cell_of(2048) - cell_of(1024) == 64
    assert cell_of(2047) == cell_of(2048) - 1


def test_what_is_above_the_top_goes_into_the_last_cell() -> None:
    assert cell_of(TOP_US) == cell_of(TOP_US * 5) == CELLS - 1 == 2239


def test_the_quantile_of_nothing_is_zero() -> None:
    assert quantile([], 0.99) == quantile([0, 0], 0.5) == Histogram().quantile_us(0.5) == 0.0
    assert Histogram().mean_us == 0.0


@pytest.mark.parametrize(("q", "expected"), [(0.0, 1), (0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_quantiles_are_by_nearest_rank(q: float, expected: float) -> None:
    assert of_durations(range(1, 101)).quantile_us(q) == expected


def test_no_quantile_is_above_the_exact_maximum() -> None:
    assert of_durations([1_000_000]).quantile_us(0.5) == 1_000_000


def test_mean_and_maximum_are_exact_even_beyond_the_top() -> None:
    waited = of_durations([0, 14 * 86_400 * 1_000_000])
    assert (waited.mean_us, waited.max_us) == (7 * 86_400 * 1_000_000, 14 * 86_400 * 1_000_000)


def test_merging_nothing_gives_an_empty_histogram() -> None:
    assert merge([Histogram(), Histogram()]) == Histogram()


def test_the_difference_of_two_is_what_was_counted_in_between() -> None:
    older = of_durations([50, 3_000])
    newer = merge([older, of_durations([7, 50, 900_000])])
    between = difference(newer, older)
    assert (between.count, between.sum_us) == (3, 900_057)
    assert [between.quantile_us(q) for q in (0.01, 0.5, 1.0)] == [7, 50, pytest.approx(900_000, rel=0.01)]
    assert difference(newer, newer).count == 0
    assert difference(newer, EMPTY) == newer
