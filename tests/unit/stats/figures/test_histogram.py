from __future__ import annotations

from math import inf

import pytest

from doubles.stats.histograms import LOWEST_SECONDS, TOP_SECONDS, cell_of, of_durations
from punctuald.stats.board.cells import CELLS, midpoint
from punctuald.stats.figures.histogram import EMPTY, Histogram, difference, merge, quantile


def test_an_octave_is_cut_into_64_cells() -> None:
    assert cell_of(2.0) - cell_of(1.0) == 64
    assert cell_of(1.99) == cell_of(2.0) - 1


def test_a_cells_midpoint_is_between_its_edges() -> None:
    assert midpoint(cell_of(1.0)) == pytest.approx(1e6 * (1 + 1 / 128))


def test_what_is_above_the_top_goes_into_the_last_cell_and_what_is_below_a_microsecond_into_the_first() -> None:
    assert cell_of(TOP_SECONDS) == cell_of(TOP_SECONDS * 5) == CELLS - 1 == 2623
    assert cell_of(0.0) == cell_of(LOWEST_SECONDS) == 0


@pytest.mark.parametrize("seconds", [-0.0, -5e-324, -1e-6, -1.0, -1e300, -inf])
def test_what_is_nothing_or_less_goes_into_the_first_cell(seconds: float) -> None:
    assert cell_of(seconds) == 0


@pytest.mark.parametrize("seconds", [1e38, 1e300, inf])
def test_what_is_too_long_for_a_single_precision_float_goes_into_the_last_cell(seconds: float) -> None:
    assert cell_of(seconds) == CELLS - 1


def test_the_quantile_of_nothing_is_zero() -> None:
    assert quantile([], 0.99) == quantile([0, 0], 0.5) == Histogram().quantile_us(0.5) == 0.0
    assert Histogram().mean_us == 0.0


@pytest.mark.parametrize(("q", "expected"), [(0.0, 1), (0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_quantiles_are_by_nearest_rank(q: float, expected: float) -> None:
    assert of_durations([number / 1e6 for number in range(1, 101)]).quantile_us(q) == pytest.approx(expected, rel=0.01)


def test_no_quantile_is_above_the_exact_maximum() -> None:
    assert of_durations([1.0]).quantile_us(0.5) == 1_000_000


def test_mean_and_maximum_are_exact_even_beyond_the_top() -> None:
    waited = of_durations([0.0, 28 * 86_400.0])
    assert (waited.mean_us, waited.max_us) == (14 * 86_400 * 1_000_000, 28 * 86_400 * 1_000_000)


def test_merging_nothing_gives_an_empty_histogram() -> None:
    assert merge([Histogram(), Histogram()]) == Histogram()


def test_the_difference_of_two_is_what_was_counted_in_between() -> None:
    older = of_durations([0.000_05, 0.003])
    newer = merge([older, of_durations([0.000_007, 0.000_05, 0.9])])
    between = difference(newer, older)
    assert (between.count, between.sum_us) == (3, 900_057)
    assert [between.quantile_us(q) for q in (0.01, 0.5, 1.0)] == [
        pytest.approx(expected, rel=0.01) for expected in (7, 50, 900_000)
    ]
    assert difference(newer, newer).count == 0
    assert difference(newer, EMPTY) == newer
