"""Times of messages, drawn from a log's histograms."""

from __future__ import annotations

import numpy as np
import pytest

from punctuald.simulate.trace.logged_times import LoggedTimes
from punctuald.stats.board.cells import cell_of_half, halves


def cell(seconds: float) -> int:
    [half] = halves([seconds])
    return cell_of_half(half)


def drawn(times: LoggedTimes, count: int) -> list[float]:
    seconds: list[float] = times.draw(count, np.random.default_rng(1)).tolist()
    return seconds


def test_a_message_has_a_time_of_the_span_in_which_it_was_done() -> None:
    times = LoggedTimes([{cell(0.1): 30}, {}, {cell(5.0): 10}])
    found = drawn(times, 80)
    assert all(seconds == pytest.approx(0.1, rel=0.02) for seconds in found[:60])
    assert all(seconds == pytest.approx(5.0, rel=0.02) for seconds in found[60:])


def test_their_sum_is_that_of_the_log() -> None:
    counted = {cell(0.01): 900, cell(0.1): 90, cell(2.0): 10}
    times = LoggedTimes([counted])
    assert sum(drawn(times, 1_000)) == pytest.approx(1_000 * times.mean_seconds, rel=0.005)
    assert times.mean_seconds == pytest.approx((9 + 9 + 20) / 1_000, rel=0.01)


def test_they_come_in_no_order() -> None:
    found = drawn(LoggedTimes([{cell(0.1): 500, cell(1.0): 500}]), 1_000)
    assert 200 < sum(seconds > 0.5 for seconds in found[:500]) < 300


def test_nothing_counted_is_no_law() -> None:
    with pytest.raises(ValueError, match="no durations"):
        LoggedTimes([{}, {3: 0}])
