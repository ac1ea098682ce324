"""Whose message is next, of several queues that all are late."""

from __future__ import annotations

from punctuald.policy.limits.queue_weights import Claim, begins_at, go_by_weight, next_queue


def test_equal_weights_leave_it_to_the_deadlines() -> None:
    assert not go_by_weight([Claim(0, 3, 1.0), Claim(1, 3, 9.0)])
    assert go_by_weight([Claim(0, 3, 1.0), Claim(1, 1, 9.0)])


def test_slots_are_shared_in_proportion_to_the_weights() -> None:
    used = {0: 0.0, 1: 0.0}
    for _ in range(400):
        chosen = next_queue([Claim(0, 3, used[0]), Claim(1, 1, used[1])])
        used[chosen] += 0.5
    assert used == {0: 150.0, 1: 50.0}


def test_a_queue_that_becomes_late_has_no_claim_for_the_time_before() -> None:
    assert begins_at([Claim(0, 2, 100.0), Claim(1, 1, 60.0)], 4) == 200.0
    assert begins_at([], 4) == 0.0
