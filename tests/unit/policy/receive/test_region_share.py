"""Which part of a worker each region of a queue may have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.receive.region_room import RegionRooms
from punctuald.policy.receive.region_share import (
    LIVE_SECONDS,
    RETURNED_SECONDS,
    RegionState,
    after_failure,
    after_receive,
    late_slots,
    most_in_hand,
    most_slots,
    share,
)

NOW = 1000.0
QUIET = RegionState()
LIVE = RegionState(brought_mono=NOW)
LATE = RegionState(brought_mono=NOW, is_late=True, late_until_mono=NOW + 60)
AWAY_SECONDS = 120.0
AWAY = after_failure(after_failure(QUIET, NOW - AWAY_SECONDS), NOW - 1)


@pytest.mark.parametrize(
    ("regions", "shares"),
    [
        ([QUIET, QUIET], [1.0, 1.0]),
        ([LIVE, QUIET], [1.0, 0.25]),
        ([QUIET, LIVE], [0.75, 1.0]),
        ([LIVE, LIVE], [0.75, 0.25]),
        ([LIVE, LIVE, LIVE], [0.75, 0.125, 0.125]),
        ([QUIET, LIVE, LIVE], [0.75, 0.75, 0.25]),
        ([LATE, LIVE], [0.25, 1.0]),
        ([LIVE, LATE], [1.0, 0.25]),
        ([LATE, QUIET], [1.0, 1.0]),
        ([LATE, LATE], [1.0, 1.0]),
    ],
)
def test_what_brings_messages_shares_the_room_and_what_is_late_has_a_quarter(
    regions: list[RegionState], shares: list[float]
) -> None:
    found = [share(regions, number, NOW) for number in range(len(regions))]
    assert [round(part, 3) for part, wanted in zip(found, shares, strict=True)] == shares


def test_weights_are_parts_of_those_that_bring_messages() -> None:
    regions = [replace(LIVE, weight=1), replace(LIVE, weight=3), replace(QUIET, weight=100)]
    assert [share(regions, number, NOW) for number in (0, 1)] == [0.25, 0.75]
    assert share([replace(LIVE, weight=1), replace(QUIET, weight=3)], 0, NOW) == 1.0


def test_a_region_that_brought_nothing_for_a_while_leaves_its_part() -> None:
    old = RegionState(brought_mono=NOW - LIVE_SECONDS)
    assert share([LIVE, old], 0, NOW) == 1.0


def test_only_what_is_late_after_an_absence_is_catching_up() -> None:
    assert not after_receive(QUIET, [True, True], NOW).is_late, "late for another reason"
    back = after_receive(AWAY, [True, False], NOW)
    assert (back.is_late, back.is_away) == (True, False)
    assert after_receive(back, [False, True], NOW + RETURNED_SECONDS + 1).is_late, "as long as it brings late ones"
    assert not after_receive(back, [False, False], NOW + 1).is_late
    assert not after_receive(back, [], NOW + 1).is_late


def test_what_comes_late_soon_after_the_return_was_late_by_it_too() -> None:
    """A first short poll may find nothing where there is plenty."""
    back = after_receive(AWAY, [], NOW)
    assert after_receive(back, [True], NOW + 5).is_late
    assert not after_receive(back, [True], NOW + RETURNED_SECONDS + 1).is_late


def test_it_has_as_long_to_catch_up_as_it_was_away_and_a_minute() -> None:
    state = after_receive(AWAY, [True], NOW)
    end_mono = NOW + AWAY_SECONDS + RETURNED_SECONDS
    for after_seconds in range(30, int(end_mono - NOW), 30):
        state = after_receive(state, [True], NOW + after_seconds)
        assert state.is_late
    assert [state.catches_up(mono) for mono in (end_mono - 1, end_mono)] == [True, False], "without a receive too"
    assert not after_receive(state, [True], end_mono).is_late
    once_more = after_receive(after_failure(state, NOW + 30), [True], NOW + 32)
    assert once_more.catches_up(end_mono - 1), "a short failure costs it none of that time"


@pytest.mark.parametrize(
    ("regions", "needed", "most"),
    [
        ([LATE, LIVE], [9, 0], [15, 16]),
        ([LATE, LIVE], [9, 3], [12, 16]),
        ([LATE, LIVE], [9, 15], [4, 16]),
        ([LATE, QUIET], [9, 3], [16, 16]),
        ([replace(LATE, late_until_mono=NOW), LIVE], [9, 15], [16, 16]),
    ],
)
def test_what_is_late_has_the_slots_that_others_do_not_need_and_a_quarter_at_least(
    regions: list[RegionState], needed: list[int], most: list[int]
) -> None:
    assert [most_slots(regions, number, needed, 16, NOW) for number in (0, 1)] == most


@pytest.mark.parametrize(("slots", "most"), [(1, 1), (2, 1), (4, 1), (7, 1), (8, 2), (100, 25)])
def test_what_is_late_has_a_slot_at_least(slots: int, most: int) -> None:
    assert late_slots(slots) == most


@pytest.mark.parametrize(
    ("regions", "in_hand", "most"),
    [
        ([LIVE, LIVE], [0, 0], [99, 99]),
        ([LIVE, LIVE], [75, 25], [75, 25]),
        ([LIVE, LIVE], [99, 1], [98, 25]),
        ([LIVE, LIVE], [1, 90], [75, 98]),
        ([LIVE, QUIET], [1, 0], [100, 98]),
        ([LATE, LIVE], [50, 1], [25, 100]),
        ([LATE, QUIET], [50, 0], [100, 100]),
    ],
)
def test_a_region_leaves_the_others_what_they_have_and_one_more_up_to_their_parts(
    regions: list[RegionState], in_hand: list[int], most: list[int]
) -> None:
    assert [most_in_hand(regions, number, in_hand, 100, NOW) for number in (0, 1)] == most


def test_a_region_may_have_one_message_at_least() -> None:
    assert [most_in_hand([LIVE] * 3, number, [1, 1, 1], 1, NOW) for number in range(3)] == [1, 1, 1]


def test_what_it_has_and_has_asked_for_is_counted() -> None:
    rooms = RegionRooms([0, 0])
    first, second = rooms.of(0), rooms.of(1)
    second.received([False], NOW)
    first.counts(lambda: 70)
    second.counts(lambda: 9)
    assert (first.left(100, 0, NOW), second.left(100, 0, NOW)) == (20, 91)
    assert first.left(100, 15, NOW) == 5
    assert first.left(100, 30, NOW) == 0
