"""From what an observer's successor counts."""

from __future__ import annotations

from dataclasses import replace

from punctuald.policy.delivery.miss_cause import NONE_MISSED, MissCause
from punctuald.policy.sla.windows import Look, Point
from punctuald.stats.board.tables.last_looks import ROWS, LastLooks

SEEN = Point(12.5, 1_700_000_000.25, Look(met=7, missed_by=tuple(range(len(MissCause)))))


def test_the_last_look_of_each_tier_is_known() -> None:
    looks = LastLooks()
    for met in range(3):
        looks.looked("peak", replace(SEEN, look=replace(SEEN.look, met=met)))
        looks.looked("batch", SEEN)
    kept = looks.before("peak", 20.0, 1_700_000_010.0)
    assert kept == replace(SEEN, look=replace(SEEN.look, met=2))
    assert looks.before("batch", 20.0, 1_700_000_010.0) == SEEN


def test_where_nobody_looked_yet_everything_came_since() -> None:
    assert LastLooks().before("peak", 20.0, 30.0) == Point(20.0, 30.0, Look(0, NONE_MISSED))


def test_what_is_overdue_is_no_total_and_is_not_kept() -> None:
    looks = LastLooks()
    looks.looked("peak", replace(SEEN, look=replace(SEEN.look, overdue=3, worst_seconds=9.0)))
    assert looks.before("peak", 20.0, 30.0) == SEEN


def test_where_there_is_no_room_nothing_is_known_rather_than_something_wrong() -> None:
    looks = LastLooks()
    for number in range(ROWS + 1):
        looks.looked(f"tier-{number}", SEEN)
    assert looks.before(f"tier-{ROWS - 1}", 20.0, 30.0) == SEEN
    assert looks.before(f"tier-{ROWS}", 20.0, 30.0) is None
