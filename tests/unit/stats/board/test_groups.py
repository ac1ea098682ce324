from __future__ import annotations

import pytest

from punctuald.stats.board import groups
from punctuald.stats.board.layout import GROUP_BITMAP_WORDS, GROUP_BITMAPS, Words

NOW = 10_000.0


def bitmaps() -> Words:
    return memoryview(bytearray(GROUP_BITMAPS * GROUP_BITMAP_WORDS * 8)).cast("Q")


def noted(words: Words, queue: int, group: str, now_mono: float) -> None:
    groups.GroupWriter(words).record(queue, {group}, now_mono)


def test_nothing_is_no_group() -> None:
    assert groups.seen([], NOW) == 0
    assert groups.seen([bitmaps()], NOW) == 0


@pytest.mark.parametrize("number", [1, 10, 100, 1_000, 3_000])
def test_groups_are_counted_to_within_a_few_per_cent_however_often_they_come(number: int) -> None:
    words = bitmaps()
    for _ in range(3):
        for group in range(number):
            noted(words, 0, f"customer-{group}", NOW)
    assert groups.seen([words], NOW) == pytest.approx(number, rel=0.06, abs=1)


def test_a_group_counts_once_whichever_workers_received_it() -> None:
    one, other = bitmaps(), bitmaps()
    for group in ("a", "b"):
        noted(one, 0, group, NOW)
        noted(other, 0, group, NOW)
    noted(other, 0, "c", NOW)
    assert groups.seen([one, other], NOW) == 3


def test_groups_of_one_name_in_two_queues_are_two() -> None:
    words = bitmaps()
    noted(words, 0, "a", NOW)
    noted(words, 1, "a", NOW)
    assert groups.seen([words], NOW) == 2


@pytest.mark.parametrize(("later_seconds", "seen"), [(0.0, 1), (60.0, 1), (90.0, 0), (3_600.0, 0)])
def test_a_group_is_remembered_for_a_minute_and_a_half_at_most(later_seconds: float, seen: int) -> None:
    words = bitmaps()
    noted(words, 0, "a", NOW)
    assert groups.seen([words], NOW + later_seconds) == seen


def test_a_bitmap_is_used_anew_without_its_old_bits() -> None:
    words = bitmaps()
    noted(words, 0, "a", NOW)
    noted(words, 0, "b", NOW + GROUP_BITMAPS * groups.HALF_MINUTE_SECONDS)
    assert groups.seen([words], NOW + GROUP_BITMAPS * groups.HALF_MINUTE_SECONDS) == 1


def test_more_groups_than_can_be_told_are_many_and_no_error() -> None:
    words = bitmaps()
    for group in range(20_000):
        noted(words, 0, str(group), NOW)
    assert groups.seen([words], NOW) == 7_098


def test_a_group_that_is_no_text_counts_like_another() -> None:
    words = bitmaps()
    noted(words, 0, "\ud800", NOW)
    assert groups.seen([words], NOW) == 1


def test_a_group_that_is_noted_already_is_noted_anew_in_the_next_half_minute() -> None:
    words = bitmaps()
    writer = groups.GroupWriter(words)
    for half_minute in range(6):
        writer.record(0, {"a"}, NOW + half_minute * groups.HALF_MINUTE_SECONDS)
    assert groups.seen([words], NOW + 5 * groups.HALF_MINUTE_SECONDS) == 1
