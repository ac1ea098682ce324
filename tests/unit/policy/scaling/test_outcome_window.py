"""How far back failures are counted: as far as there are enough handlers to say something."""

from __future__ import annotations

from punctuald.policy.scaling.failures import Outcomes
from punctuald.policy.scaling.outcome_window import OutcomeWindow


def window(seconds: int, *, ended_each: int, failed_each: int = 0) -> OutcomeWindow:
    """One look a second."""
    seen = OutcomeWindow()
    for second in range(seconds + 1):
        seen.note(float(second), failed_each * second, ended_each * second)
    return seen


def test_many_handlers_are_counted_over_the_time_that_is_asked_for() -> None:
    assert window(60, ended_each=50, failed_each=5).outcomes(10.0) == Outcomes(50, 500, 10.0)


def test_few_handlers_are_counted_over_as_long_as_it_takes_to_have_a_hundred() -> None:
    assert window(300, ended_each=1).outcomes(10.0) == Outcomes(0, 100, 100.0)
    assert window(20, ended_each=1).outcomes(10.0) == Outcomes(0, 20, 20.0)


def test_what_is_older_than_ten_minutes_is_forgotten() -> None:
    seen = window(10, ended_each=1, failed_each=1)
    seen.note(700.0, 10, 11)

    assert seen.outcomes(10.0) == Outcomes(0, 0, 0.0)


def test_before_the_first_look_and_while_nothing_ends_nothing_is_known() -> None:
    assert OutcomeWindow().outcomes(10.0) == Outcomes()
    assert window(30, ended_each=0).outcomes(10.0) == Outcomes(0, 0, 30.0)
