"""What the page says of what it knows: never nothing, and why there is nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.stats.past_intervals import BEGIN_UTC, past
from punctuald.view.dashboard.known_span import Keeping, known_span

FIRST = Keeping(begun_utc=BEGIN_UTC, is_anew=False, level="info", interval_seconds=10)


@pytest.mark.parametrize("level", ["warning", "error"])
def test_where_the_log_has_no_intervals_it_is_said_which_setting_is_to_be_changed(level: str) -> None:
    known = known_span((), replace(FIRST, level=level))
    assert f'with [logging] level = "{level}" none is written. With "info" they are.' in known["text"]
    assert "over the whole time since 16:00:00 UTC" in known["text"]
    assert known["late_utc"] is None, "nothing is late that will not come"


@pytest.mark.parametrize(
    ("interval_seconds", "begun_after_seconds", "first"),
    [(10, 0, "16:00:10"), (10, 3, "16:00:20"), (1, 0, "16:00:09"), (60, 5, "16:01:00"), (3600, 5, "17:00:00")],
)
def test_before_the_first_interval_it_is_said_when_it_will_be_over(
    interval_seconds: float, begun_after_seconds: float, first: str
) -> None:
    keeping = replace(FIRST, interval_seconds=interval_seconds, begun_utc=BEGIN_UTC + begun_after_seconds)
    assert f"the first charts come at {first}. The daemon began then." in known_span((), keeping)["text"]


def test_an_observer_that_began_anew_says_that_there_was_more() -> None:
    anew = replace(FIRST, is_anew=True)
    for intervals in ((), (past(0),)):
        text = known_span(intervals, anew)["text"]
        assert text.endswith("which began anew then, as with each reload: the log has what was before.")


def test_what_is_shown_has_its_span_and_the_number_of_its_intervals() -> None:
    assert known_span((past(0),), FIRST)["text"] == "16:00:00 to 16:00:10 UTC, 1 interval. The daemon began then."
    assert known_span((past(0), past(1)), FIRST)["text"].startswith("16:00:00 to 16:00:20 UTC, 2 intervals.")


def test_after_an_hour_the_beginning_is_no_matter_any_more() -> None:
    assert known_span((past(400),), replace(FIRST, is_anew=True))["text"].endswith("The log has what was before.")
    assert "anew" not in known_span((past(400),), replace(FIRST, is_anew=True))["text"]


def test_an_interval_that_does_not_come_is_missed() -> None:
    known = known_span((past(0),), FIRST)
    assert known["late_utc"] == BEGIN_UTC + 40
    assert known["late_text"].startswith("No interval could be written since 16:00:10 UTC")
