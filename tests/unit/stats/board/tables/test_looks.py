"""By what an observer's successor goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.delivery.miss_cause import NONE_MISSED, MissCause
from punctuald.policy.sla.windows import MOST_POINTS, Look, Point, SlaRules, remembered
from punctuald.stats.board.tables.looks import Looks
from punctuald.stats.board.tables.observer_words import ROWS

SEEN = Point(12.5, 1_700_000_000.25, Look(met=7, missed_by=tuple(range(len(MissCause)))))
SECOND = 1.0


def seen(second: float, met: int = 0) -> Point:
    return Point(1000.0 + second, 1_700_000_000.0 + second, replace(SEEN.look, met=met))


def test_each_tiers_looks_are_known_the_oldest_first() -> None:
    looks = Looks()
    for second in range(3):
        looks.looked("peak", seen(second, met=second), SECOND)
        looks.looked("batch", seen(second), SECOND)
    assert looks.history("peak", 20.0, 30.0) == (seen(0), seen(1, met=1), seen(2, met=2))
    assert looks.history("batch", 20.0, 30.0) == (seen(0), seen(1), seen(2))


def test_one_that_came_too_soon_gives_its_place_to_the_next() -> None:
    looks = Looks()
    for second in (0.0, 0.25, 0.5, 1.0, 1.5):
        looks.looked("peak", seen(second), SECOND)
    assert looks.history("peak", 20.0, 30.0) == (seen(0), seen(1.0), seen(1.5))


def test_the_oldest_go_where_there_are_too_many_for_any_window() -> None:
    looks = Looks()
    for second in range(2 * MOST_POINTS):
        looks.looked("peak", seen(second), SECOND)
    kept = looks.history("peak", 20.0, 30.0)
    assert kept[0].at_mono <= kept[-1].at_mono - MOST_POINTS
    assert kept[-1] == seen(2 * MOST_POINTS - 1)
    assert {late.at_mono - early.at_mono for early, late in pairwise(kept)} == {1.0}


@given(
    steps=st.lists(st.sampled_from([0.5, 1.0, 1.0, 2.0, 40.0]), min_size=1, max_size=120),
    slow_window_seconds=st.sampled_from([60.0, 300.0, 3600.0]),
)
def test_what_was_kept_is_the_history_that_the_predecessor_had(steps: list[float], slow_window_seconds: float) -> None:
    rules = SlaRules(objective=0.9, fast_window_seconds=30.0, slow_window_seconds=slow_window_seconds)
    looks, history = Looks(), tuple[Point, ...]()
    for number, second in enumerate(accumulate(steps)):
        point = seen(second, met=number)
        history = remembered(history, point, rules)
        looks.looked("peak", point, rules.point_seconds)
    assert looks.history("peak", 0.0, 0.0)[-len(history) :] == history


def test_where_nobody_looked_yet_everything_came_since() -> None:
    assert Looks().history("peak", 20.0, 30.0) == (Point(20.0, 30.0, Look(0, NONE_MISSED)),)


def test_what_is_overdue_is_no_total_and_is_not_kept() -> None:
    looks = Looks()
    looks.looked("peak", replace(SEEN, look=replace(SEEN.look, overdue=3, worst_seconds=9.0)), SECOND)
    assert looks.history("peak", 20.0, 30.0) == (SEEN,)


def test_where_there_is_no_room_nothing_is_known_rather_than_something_wrong() -> None:
    looks = Looks()
    for number in range(ROWS + 1):
        looks.looked(f"tier-{number}", SEEN, SECOND)
    assert looks.history(f"tier-{ROWS - 1}", 20.0, 30.0) == (SEEN,)
    assert looks.history(f"tier-{ROWS}", 20.0, 30.0) == ()
