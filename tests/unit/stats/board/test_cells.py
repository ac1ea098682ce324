"""Where a cell ends, counts up to there are exact."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.stats.histograms import of_durations
from punctuald.stats.board.cells import MICROSECONDS, edge_at, upper_edge


@pytest.mark.parametrize("seconds", [1 / 1024, 0.25, 3.0, 10.0, 60.0, 300.0])
def test_powers_of_two_and_their_sixty_fourths_are_edges(seconds: float) -> None:
    edge = edge_at(seconds)
    assert edge is not None
    assert upper_edge(edge - 1) == seconds * MICROSECONDS


@pytest.mark.parametrize("seconds", [0.2, 0.3, 3600.0, 3.000001])
def test_most_other_durations_are_none(seconds: float) -> None:
    assert edge_at(seconds) is None


@given(st.lists(st.floats(0, 2000)), st.sampled_from([1 / 1024, 0.25, 1.0, 3.0, 60.0, 1200.0]))
def test_what_is_below_an_edge_is_counted_exactly(durations: list[float], seconds: float) -> None:
    edge = edge_at(seconds)
    assert edge is not None
    single = array("f", durations)  # as the board takes them
    assert of_durations(durations).counts_below([edge]) == [sum(each < seconds for each in single)]
