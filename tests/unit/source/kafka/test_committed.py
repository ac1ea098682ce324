"""Commits: one at a time, never back, and where a group begins until the brokers have it."""

from __future__ import annotations

from confluent_kafka import KafkaError, TopicPartition

from punctuald.source.kafka.group.committed import UNANSWERED_SECONDS, Committed


def place(partition: int, offset: int) -> TopicPartition:
    return TopicPartition("orders", partition, offset)


def test_what_is_further_is_asked_for_and_nothing_more_until_the_answer() -> None:
    committed = Committed()
    committed.begins({0: 5, 1: 7}, {})
    assert committed.to_ask({0: 9, 1: 7}, 0.0) == {0: 9}
    assert committed.to_ask({0: 12}, 1.0) == {}
    committed.answered(None, [place(0, 9)], {0, 1})
    assert committed.to_ask({0: 12}, 2.0) == {0: 12}


def test_an_offset_never_goes_back() -> None:
    committed = Committed()
    committed.begins({0: 5}, {})
    assert committed.to_ask({0: 4}, 0.0) == {}
    committed.answered(None, [place(0, 9)], {0})
    committed.answered(None, [place(0, 7)], {0})
    assert committed.to_ask({0: 8}, 0.0) == {}
    assert committed.left({0: 8}, {0}) == {}


def test_where_a_partition_begins_is_asked_for_until_it_is_committed() -> None:
    committed = Committed()
    committed.begins({}, {0: 40})
    assert committed.to_ask({}, 0.0) == {0: 40}
    committed.answered(KafkaError(KafkaError.REBALANCE_IN_PROGRESS), [place(0, 40)], {0})
    assert committed.to_ask({}, 0.0) == {0: 40}
    committed.answered(None, [place(0, 40)], {0})
    assert committed.to_ask({}, 0.0) == {}


def test_what_goes_takes_its_beginning_or_what_is_done_along() -> None:
    committed = Committed()
    committed.begins({}, {0: 40, 1: 3, 2: 8})
    assert committed.left({1: 6}, {0, 1}) == {0: 40, 1: 6}


def test_a_commit_that_is_never_answered_holds_up_the_next_for_half_a_minute() -> None:
    committed = Committed()
    committed.to_ask({0: 1}, 0.0)
    assert committed.to_ask({0: 2}, UNANSWERED_SECONDS - 1) == {}
    assert committed.to_ask({0: 2}, UNANSWERED_SECONDS) == {0: 2}


def test_an_answer_for_a_partition_that_went_means_nothing_to_its_next_assignment() -> None:
    committed = Committed()
    committed.to_ask({0: 90}, 0.0)
    committed.forget(0)
    committed.answered(None, [place(0, 90)], set())
    assert committed.to_ask({0: 60}, 0.0) == {0: 60}


def test_a_refusal_is_told_once() -> None:
    committed = Committed()
    committed.answered(KafkaError(KafkaError.NOT_COORDINATOR), [], set())
    told = [committed.answer(), committed.answer()]
    assert [(is_answered, error is None) for is_answered, error in told] == [(True, False), (False, True)]


def test_while_nothing_was_answered_nothing_is_said_to_be_well() -> None:
    committed = Committed()
    committed.to_ask({0: 90}, 0.0)
    assert committed.answer() == (False, None)
    committed.answered(None, [place(0, 90)], {0})
    assert committed.answer() == (True, None)
