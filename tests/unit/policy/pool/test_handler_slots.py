"""What slots of two kinds come to, where a message can use those of one."""

from __future__ import annotations

import pytest

from punctuald.policy.pool.handler_slots import SlotUse, added_up, busy_share, usable_slots


def test_without_work_all_slots_may_be_of_use() -> None:
    assert usable_slots([0.0, 0.0], [4, 100]) == 104


def test_work_of_one_kind_can_use_the_slots_of_that_kind() -> None:
    assert usable_slots([3.7, 0.0], [4, 100]) == 4
    assert usable_slots([0.0, 0.1], [4, 100]) == 100


def test_work_of_both_kinds_is_bounded_by_the_kind_that_is_full_first() -> None:
    assert usable_slots([4.0, 50.0], [4, 100]) == pytest.approx(54.0)
    assert usable_slots([2.0, 100.0], [4, 100]) == pytest.approx(102.0)
    assert usable_slots([4.0, 100.0], [4, 100]) == pytest.approx(104.0)


def test_what_still_runs_of_a_kind_that_has_no_slots_any_more_counts_for_nothing() -> None:
    assert usable_slots([3.0, 5.0], [0, 100]) == 100


def test_the_busier_kind_says_how_busy_a_worker_is() -> None:
    assert busy_share([SlotUse(4, 4), SlotUse(10, 100)]) == 1.0
    assert busy_share([SlotUse(), SlotUse(10, 100)]) == 0.1
    assert busy_share([SlotUse(), SlotUse()]) is None


def test_workers_add_up_by_kind() -> None:
    assert added_up([]) == (SlotUse(), SlotUse())
    assert added_up([(SlotUse(1, 4), SlotUse(2, 9)), (SlotUse(3, 4), SlotUse())]) == (SlotUse(4, 8), SlotUse(2, 9))
