"""How far a partition is done: the unbroken row of what was delivered, whatever numbers are missing in it."""

from __future__ import annotations

from punctuald.source.log.offset_tracker import OffsetTracker


def delivered(*offsets: int) -> OffsetTracker:
    tracker = OffsetTracker()
    tracker.delivered(offsets)
    return tracker


def test_before_anything_is_delivered_there_is_nothing_to_commit() -> None:
    assert (OffsetTracker().checkpoint(), len(OffsetTracker())) == (None, 0)


def test_the_checkpoint_is_the_first_record_that_is_not_done() -> None:
    tracker = delivered(0, 1, 2, 3)
    checkpoints = []
    for offset in (1, 0, 3, 2):
        tracker.done([offset])
        checkpoints.append(tracker.checkpoint())
    assert checkpoints == [0, 2, 2, 4]


def test_a_compacted_log_has_holes_that_nobody_waits_for() -> None:
    tracker = delivered(57, 60, 112)
    tracker.done([57])
    assert tracker.checkpoint() == 60
    tracker.done([60, 112])
    assert tracker.checkpoint() == 113


def test_once_all_is_done_the_checkpoint_follows_where_reading_stands() -> None:
    tracker = delivered(10)
    assert tracker.checkpoint(17) == 10, "something is in hand"
    tracker.done([10])
    assert tracker.checkpoint(17) == 17, "six that were nothing to deliver: aborted, or markers of transactions"


def test_a_position_behind_what_was_delivered_sets_nothing_back() -> None:
    tracker = delivered(10)
    tracker.done([10])
    assert tracker.checkpoint(3) == 11


def test_doing_twice_or_what_never_came_changes_nothing() -> None:
    tracker = delivered(0, 1)
    tracker.done([0, 0, 7])
    tracker.done([0])
    assert (tracker.checkpoint(), len(tracker)) == (1, 1)


def test_what_comes_again_is_not_open_again() -> None:
    tracker = delivered(0, 1)
    tracker.done([0, 1])
    tracker.delivered([0, 1])
    assert (tracker.checkpoint(), len(tracker)) == (2, 0)


def test_what_was_delivered_is_known_be_it_done_or_not() -> None:
    tracker = delivered(5, 6)
    tracker.done([5])
    assert [tracker.was_delivered(offset) for offset in (5, 6, 7, None)] == [True, True, False, False]
    assert not OffsetTracker().was_delivered(0)


def test_what_is_done_without_a_gap_ends_at_a_record_that_was_delivered() -> None:
    tracker = delivered(57, 60, 112)
    assert tracker.done_up_to is None
    reached: list[int | None] = []
    for offset in (60, 57, 112):
        tracker.done([offset])
        reached.append(tracker.done_up_to)
    assert reached == [None, 60, 112]
