"""Which workers have a part of a queue's limits."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.policy.limits.seats import NARROWS_SECONDS, TURN_SECONDS, Need, Seating, seated

RATE = QueueLimits(rate_per_second=20.0)


def after(seconds: int, needs: Sequence[Need], limits: QueueLimits, before: Seating | None = None) -> Seating:
    """Looked at each second."""
    seating = before or Seating()
    for second in range(seconds + 1):
        seating = seated(seating, needs, limits, 100.0 + second)
    return seating


def test_every_worker_has_a_part_of_the_concurrency_while_there_is_enough() -> None:
    assert list(after(0, [Need(1), Need(2), Need(3)], QueueLimits(concurrency=3)).seats) == [1, 2, 3]


def test_with_less_than_workers_those_that_hold_messages_have_their_turns() -> None:
    needs = [Need(worker, waiting=1) for worker in range(8)]
    seating, seen = Seating(), set[int]()
    for second in range(8):
        seating = seated(seating, needs, QueueLimits(concurrency=2), second * (TURN_SECONDS + 0.1))
        assert len(seating.seats) == 2
        seen |= seating.seats.keys()
    assert seen == set(range(8))


def test_a_worker_that_needs_nothing_gives_way_at_once_to_one_that_waits() -> None:
    idle = [Need(1), Need(2)]
    seating = after(0, idle, QueueLimits(concurrency=1))
    assert list(seating.seats) == [1]
    assert list(seated(seating, [Need(1), Need(2, waiting=1)], QueueLimits(concurrency=1), 100.1).seats) == [2]


def test_a_worker_full_of_other_queues_messages_gives_way_to_one_with_a_free_slot() -> None:
    one = QueueLimits(concurrency=1)
    full, free = Need(1, busy_slots=4, slots=4), Need(2, busy_slots=3, slots=4)
    seating = after(0, [Need(1, slots=4), free], one)
    assert list(seating.seats) == [1]
    assert list(seated(seating, [full, free], one, 100.1).seats) == [1]
    assert list(after(2, [full, free], one, seating).seats) == [2]
    assert list(after(1, [full._replace(waiting=1), free], one, seating).seats) == [2]


def test_among_workers_that_are_all_full_nobody_changes_places() -> None:
    full = [Need(worker, busy_slots=4, slots=4) for worker in (1, 2, 3)]
    assert list(after(9, full, QueueLimits(concurrency=1)).seats) == [1]


def test_messages_that_wait_in_a_full_worker_have_their_turns_beside_a_free_one() -> None:
    needs = [Need(1, waiting=1, busy_slots=4, slots=4), Need(2, running=1, slots=4)]
    seating, seen = Seating(), list[int]()
    for second in range(9):
        seating = seated(seating, needs, QueueLimits(concurrency=1), 100.0 + second * (TURN_SECONDS + 0.1))
        seen += seating.seats
    assert {seen.count(1), seen.count(2)} <= {3, 4, 5, 6}


def test_one_worker_has_all_of_a_rate_while_it_can_use_it() -> None:
    assert list(after(20, [Need(worker, running=worker == 0, slots=4) for worker in range(8)], RATE).seats) == [0]


def test_as_many_workers_share_a_rate_as_its_handlers_need() -> None:
    busy = [Need(worker, running=4, busy_slots=4, slots=4) for worker in range(8)]
    assert len(after(0, [busy[0], *(Need(worker, slots=4) for worker in range(1, 8))], RATE).seats) == 2
    assert len(after(4, busy, RATE).seats) == 8


def test_a_rate_is_shared_by_all_that_hold_messages_for_it() -> None:
    """Records of a partition can be had in one worker only."""
    assert len(after(1, [Need(worker, waiting=1) for worker in range(8)], RATE).seats) == 8


def test_fewer_share_a_rate_when_fewer_have_been_enough_for_a_while() -> None:
    busy = after(4, [Need(worker, running=4, busy_slots=4, slots=4) for worker in range(8)], RATE)
    idle = [Need(worker, slots=4) for worker in range(8)]
    assert len(seated(busy, idle, RATE, 104.1).seats) == 8
    assert len(seated(seated(busy, idle, RATE, 104.1), idle, RATE, 104.2 + NARROWS_SECONDS).seats) == 1


def test_a_worker_that_drains_keeps_its_part_while_it_has_messages_that_wait_for_it() -> None:
    drains = Need(1, serves=False, waiting=2)
    assert list(after(0, [drains, Need(2)], QueueLimits(concurrency=2)).seats) == [1, 2]
    assert list(after(0, [Need(1, serves=False), Need(2)], QueueLimits(concurrency=2)).seats) == [2]


def test_who_stays_keeps_its_place() -> None:
    seating = after(0, [Need(1), Need(2), Need(3)], QueueLimits(concurrency=3))
    assert list(seated(seating, [Need(2), Need(3), Need(4)], QueueLimits(concurrency=3), 101.0).seats) == [4, 2, 3]
