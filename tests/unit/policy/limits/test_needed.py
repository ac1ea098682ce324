"""How many slots a queue with limits can use."""

from __future__ import annotations

from punctuald.policy.limits.needed import needed_slots
from punctuald.policy.limits.queue_limits import QueueLimits

RATE, BOTH = QueueLimits(None, 20.0), QueueLimits(6, 20.0)


def test_what_a_limit_holds_back_needs_no_slot() -> None:
    assert needed_slots(RATE, 7, 0.5, more_could_run=False) == 7


def test_where_slots_hold_it_back_it_needs_what_its_limits_let_run() -> None:
    assert needed_slots(RATE, 4, 0.5, more_could_run=True) == 10.0
    assert needed_slots(BOTH, 4, 0.5, more_could_run=True) == 6.0
    assert needed_slots(BOTH, 4, 0.1, more_could_run=True) == 4.0


def test_while_no_handler_has_ended_a_rate_asks_for_twice_as_much() -> None:
    assert needed_slots(RATE, 4, None, more_could_run=True) == 8.0
    assert needed_slots(RATE, 0, None, more_could_run=True) == 1.0
    assert needed_slots(BOTH, 4, None, more_could_run=True) == 6.0
