"""Who may do how much of a queue: less at once, more only when others have given it up."""

from __future__ import annotations

from punctuald.policy.limits.division import ALL_PLACES, UNLIMITED, Part, join, nothing_of, parts_now, wanted_parts
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits, limited_as

BOTH = QueueLimits(concurrency=5, rate_per_second=20.0)


def test_a_limit_is_divided_into_equal_parts() -> None:
    wanted = wanted_parts(BOTH, [7, 8])
    assert [part.concurrency for part in wanted.values()] == [3, 2]
    assert wanted[7].places | wanted[8].places == ALL_PLACES
    assert len(wanted[7].places) == len(wanted[8].places) == 30


def test_what_is_given_up_goes_to_others_only_when_it_is() -> None:
    limits = QueueLimits(concurrency=4)
    held = {7: Part(4), 8: Part(0)}
    wanted = wanted_parts(limits, [7, 8])
    assert parts_now(limits, held, wanted) == {7: Part(2), 8: Part(0)}
    assert parts_now(limits, {7: Part(3), 8: Part(0)}, wanted) == {7: Part(2), 8: Part(1)}
    assert parts_now(limits, {7: Part(2), 8: Part(1)}, wanted) == {7: Part(2), 8: Part(2)}


def test_a_place_has_one_worker_at_a_time() -> None:
    limits = QueueLimits(rate_per_second=20.0)
    held = {7: Part(None, 20.0, ALL_PLACES), 8: Part(None, 20.0)}
    parts = parts_now(limits, held, wanted_parts(limits, [7, 8]))
    assert (len(parts[7].places), len(parts[8].places)) == (30, 0)
    parts = parts_now(limits, {**held, 7: parts[7]}, wanted_parts(limits, [7, 8]))
    assert len(parts[8].places) == 30


def test_one_that_had_no_limit_holds_all_of_it_until_it_keeps_to_one() -> None:
    held = {7: UNLIMITED, 8: nothing_of(BOTH)}
    nothing = nothing_of(BOTH)
    assert parts_now(BOTH, held, wanted_parts(BOTH, [7, 8])) == {7: nothing, 8: nothing}


def test_ticks_of_another_rate_are_given_back_before_any_of_the_new_one_are_given() -> None:
    limits = QueueLimits(rate_per_second=10.0)
    held = {7: Part(None, 20.0, frozenset({0})), 8: Part(None, 20.0)}
    wanted = wanted_parts(limits, [7, 8])
    assert parts_now(limits, held, wanted) == {7: Part(None, 10.0), 8: Part(None, 10.0)}
    parts = parts_now(limits, {7: Part(None, 10.0), 8: Part(None, 10.0)}, wanted)
    assert parts[7].places | parts[8].places == ALL_PLACES


def test_a_limit_that_is_lifted_is_lifted_at_once() -> None:
    held = {7: Part(1, 20.0, frozenset({0}))}
    assert parts_now(NO_LIMITS, held, wanted_parts(NO_LIMITS, [7])) == {7: UNLIMITED}
    assert not NO_LIMITS.any


def test_what_may_be_held_of_two_words_is_the_more_of_each() -> None:
    one, other = Part(1, 20.0, frozenset({0})), Part(4, 20.0, frozenset({1}))
    assert join(one, other) == Part(4, 20.0, frozenset({0, 1}))
    assert join(one, Part(4, 10.0)) == Part(4, 20.0, frozenset({0}))
    assert join(one, Part(4, 10.0, frozenset({1}))) == Part(4)
    assert join(one, UNLIMITED) == UNLIMITED


def test_regions_have_the_limits_of_the_queue_that_they_are_of() -> None:
    assert [limited_as(queue) for queue in ("orders@eu-west-1", "orders")] == ["orders", "orders"]
