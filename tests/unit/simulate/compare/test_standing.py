"""Where each law stands over several traces."""

from __future__ import annotations

import pytest

from punctuald.simulate.compare.comparison import Row, TraceComparison
from punctuald.simulate.compare.figures import Figures
from punctuald.simulate.compare.standing import standings


def row(scaler: str, compliance: float, cost: float) -> Row:
    return Row(scaler, "", Figures(compliance, compliance, 0.5, 1.0, 100 * cost, 12.0, 6.0, 1000), compliance, cost)


DAY = TraceComparison("day", 24, (row("clairvoyant", 0.9995, 1.0), row("ours", 0.9995, 1.2), row("theirs", 0.95, 1.1)))
HOUR = TraceComparison("hour", 1, (row("clairvoyant", 0.9995, 1.0), row("ours", 1.0, 1.8), row("theirs", 1.0, 1.5)))


def test_reached_traces_are_counted_and_costs_multiplied() -> None:
    _, ours, theirs = standings([DAY, HOUR])
    assert (ours.reached, theirs.reached) == (2, 1)
    assert (ours.worst, theirs.worst) == (0.9995, 0.95)
    assert ours.cost == pytest.approx((1.2 * 1.8) ** 0.5)


def test_only_a_law_that_reaches_the_goal_undercuts_another() -> None:
    clairvoyant, ours, theirs = standings([DAY, HOUR])
    assert ours.undercut == 1  # on the hour; on the day theirs was cheaper, but late
    assert theirs.undercut == 0
    assert clairvoyant.undercut == 0


def test_nothing_compared_is_nothing_to_rank() -> None:
    assert standings([]) == ()
