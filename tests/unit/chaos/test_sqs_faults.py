"""Faults strike whom they are meant for, and the same again from the same seed; counters are as vague as wanted."""

from __future__ import annotations

from random import Random

import pytest

from chaos.sqs.counters import ApproximateCounters, Counts, Vagueness
from chaos.sqs.faults import Fault, FaultPlan, Rule

RECEIVE, DELETE = "ReceiveMessage", "DeleteMessageBatch"


def struck(rule: Rule, operation: str = RECEIVE, calls: int = 1_000, seed: int = 1, now: float = 0.0) -> list[bool]:
    plan = FaultPlan([rule], seed, begun_mono=0.0)
    return [plan.draw(operation, now) is not None for _ in range(calls)]


def test_a_rate_strikes_its_share_of_the_calls() -> None:
    assert 150 < sum(struck(Rule(Fault.THROTTLE, share=0.2))) < 250


def test_the_same_seed_strikes_the_same_calls_and_another_others() -> None:
    rule = Rule(Fault.THROTTLE, share=0.2)
    assert struck(rule) == struck(rule)
    assert struck(rule) != struck(rule, seed=2)


def test_other_operations_are_left_alone() -> None:
    assert not any(struck(Rule(Fault.RESET_AFTER, (DELETE,)), RECEIVE))
    assert all(struck(Rule(Fault.RESET_AFTER, (DELETE,)), DELETE))


def test_a_script_strikes_just_the_calls_that_it_names() -> None:
    assert struck(Rule(Fault.DROP, (RECEIVE,), calls=(2, 4)), calls=5) == [False, True, False, True, False]


@pytest.mark.parametrize(("now", "strikes"), [(0.9, False), (1.0, True), (1.9, True), (2.0, False)])
def test_a_rule_holds_for_its_time(now: float, strikes: bool) -> None:
    assert struck(Rule(Fault.THROTTLE, from_seconds=1, until_seconds=2), calls=1, now=now) == [strikes]


def test_a_rule_survives_its_way_to_the_server() -> None:
    rules = [Rule(Fault.DELAY, (RECEIVE,), 0.5, seconds=2.0), Rule(Fault.DROP, calls=(1, 2), until_seconds=3.0)]
    assert [Rule.read(rule.wire()) for rule in rules] == rules


def read(vagueness: Vagueness, times: int) -> list[Counts]:
    """What is said, at ten seconds, of a queue that has grown by ten messages a second."""
    counters = ApproximateCounters(vagueness, Random(1))  # noqa: S311 - a draw that can be repeated
    for second in range(10):
        counters.note((second * 10, 0, 0), float(second))
    return [counters.read((100, 0, 0), 10.0) for _ in range(times)]


def test_counters_that_are_not_vague_are_true() -> None:
    assert read(Vagueness(), 3) == [(100, 0, 0)] * 3


def test_late_counters_say_how_it_was_some_seconds_ago() -> None:
    said = {visible for visible, _, _ in read(Vagueness(lag_seconds=3.0), 50)}
    assert said == {70, 80, 90}


def test_flickering_counters_say_something_else_each_time_and_sometimes_nothing() -> None:
    said = [visible for visible, _, _ in read(Vagueness(flicker_share=0.3), 100)]
    assert 0 in said
    assert all(70 <= visible <= 130 for visible in said if visible)
    assert len(set(said)) > 20
