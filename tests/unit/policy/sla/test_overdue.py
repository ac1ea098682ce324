"""Of what waits at its source, how much is late already."""

from __future__ import annotations

from punctuald.policy.sla.overdue import Count, Counts, Waiting, overdue_at_source

ORDERS = Waiting("peak", 3.0, visible=100)


def test_nothing_is_overdue_while_the_head_is_young_or_its_age_unknown() -> None:
    assert overdue_at_source([ORDERS], 3.0) == overdue_at_source([ORDERS], None) == {}
    assert overdue_at_source([], 100.0) == overdue_at_source([Waiting("peak", 3.0, 0)], 100.0) == {}


def test_of_a_queue_as_old_as_its_head_the_share_past_the_threshold_is() -> None:
    assert overdue_at_source([ORDERS], 12.0) == {"peak": 75}
    assert overdue_at_source([Waiting("peak", 3.0, 1)], 3.1) == {"peak": 1}


def test_a_count_makes_nothing_late_that_was_on_time_when_it_was_made() -> None:
    counted = Waiting("peak", 3.0, visible=74, counted_seconds=9.5)
    assert overdue_at_source([counted], 9.553) == {}
    assert overdue_at_source([counted], 15.5) == {"peak": 37}


def test_queues_of_one_tier_are_added_up() -> None:
    assert overdue_at_source([ORDERS, ORDERS], 12.0) == {"peak": 150}


def test_the_head_of_a_patient_queue_makes_no_other_queue_late() -> None:
    patient = Waiting("batch", 3600.0, visible=5)
    assert overdue_at_source([ORDERS, patient], 1000.0) == {}
    assert overdue_at_source([ORDERS, patient], 7200.0).keys() == {"peak", "batch"}


def test_a_count_is_seen_once_and_the_next_one_however_soon_it_follows() -> None:
    first, next_one = Count(1.0, 50, 0), Count(1.25, 40, 0)
    seen = Counts().seen(first, 0).seen(first, 0).seen(next_one, 0).seen(next_one, 0)
    assert seen.counts == (first, next_one)
