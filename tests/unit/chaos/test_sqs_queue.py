"""The chaos server's standard queue keeps what Amazon documents of SQS, on a clock that the test moves."""

from __future__ import annotations

import pytest

from chaos.ledger.events import Kind
from chaos.sqs.stored import Refused
from doubles.chaos.queue_under_test import QueueUnderTest


def test_a_received_message_is_hidden_for_its_visibility_timeout() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    assert orders.bodies(1.0) == ["a"]
    assert orders.bodies(30.9) == []
    assert orders.bodies(31.0) == ["a"]


def test_a_receive_may_ask_for_another_visibility_timeout() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    orders.receive(1.0, visibility_seconds=5)
    assert orders.bodies(6.0) == ["a"]


def test_each_receive_has_a_handle_of_its_own_and_counts() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    handles = [(message.handle, message.receive_count) for now in (0.0, 30.0, 60.0) for message in orders.receive(now)]
    assert len({handle for handle, _ in handles}) == 3
    assert [count for _, count in handles] == [1, 2, 3]


def test_every_step_of_a_message_is_recorded() -> None:
    orders = QueueUnderTest()
    (message_id,) = orders.send("a")
    orders.queue.change_visibility(orders.receive(1.0)[0].handle, 10, 2.0)
    orders.queue.delete(orders.receive(12.0)[0].handle, 13.0)
    assert orders.told(message_id) == [
        Kind.SENT,
        Kind.RECEIVED,
        Kind.VISIBILITY_CHANGED,
        Kind.EXPIRED,
        Kind.RECEIVED,
        Kind.DELETED,
    ]


def test_a_message_given_back_can_be_received_at_once() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    orders.queue.change_visibility(orders.receive(1.0)[0].handle, 0, 2.0)
    assert orders.bodies(2.0) == ["a"]


def test_visibility_can_be_changed_only_by_who_holds_the_message() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    handle = orders.receive(1.0)[0].handle
    with pytest.raises(Refused, match="not available"):
        orders.queue.change_visibility(handle, 10, 31.0)


def test_nobody_hides_a_message_for_longer_than_twelve_hours_in_all() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    handle = orders.receive(0.0, visibility_seconds=43_200)[0].handle
    with pytest.raises(Refused, match="beyond the limit"):
        orders.queue.change_visibility(handle, 43_200, 10.0)


def test_a_message_is_deleted_after_its_timeout_if_nobody_else_has_received_it() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    orders.queue.delete(orders.receive(1.0)[0].handle, 40.0)
    assert orders.bodies(41.0) == []


def test_an_older_handle_deletes_nothing_and_says_so_to_nobody() -> None:
    orders = QueueUnderTest()
    (message_id,) = orders.send("a")
    old = orders.receive(1.0)[0].handle
    orders.receive(31.0)
    orders.queue.delete(old, 32.0)
    assert orders.told(message_id)[-1] is Kind.DELETE_IGNORED
    assert orders.bodies(61.0) == ["a"]


def test_to_delete_twice_is_a_success_and_an_unknown_handle_is_not() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    handle = orders.receive(1.0)[0].handle
    orders.queue.delete(handle, 2.0)
    orders.queue.delete(handle, 3.0)
    with pytest.raises(Refused, match="invalid"):
        orders.queue.delete("unknown", 4.0)


def test_a_message_whose_receives_are_used_up_goes_to_the_dead_letter_queue_at_the_next() -> None:
    orders = QueueUnderTest(max_receive_count=2)
    (message_id,) = orders.send("a")
    assert [orders.bodies(now) for now in (0.0, 30.0, 60.0)] == [["a"], ["a"], []]
    assert orders.told(message_id)[-1] is Kind.REDRIVEN
    dead = orders.dead_letters.receive(1, None, 61.0)[0]
    assert (dead.id, dead.receive_count) == (message_id, 1)


def test_what_would_be_redriven_in_time_can_be_redriven_now() -> None:
    orders = QueueUnderTest(max_receive_count=1)
    orders.send("a", "b")
    orders.receive(1.0, limit=1)
    orders.queue.expire_all(2.0)
    assert orders.queue.counts() == (1, 0, 0)
    assert orders.dead_letters.counts() == (1, 0, 0)


def test_a_delayed_message_comes_when_its_delay_is_over() -> None:
    orders = QueueUnderTest(delay_seconds=5)
    orders.send("a")
    assert orders.queue.counts() == (0, 0, 1)
    assert orders.bodies(4.9) == []
    assert orders.bodies(5.0) == ["a"]


def test_a_doubled_message_comes_once_more_though_it_was_deleted() -> None:
    orders = QueueUnderTest()
    orders.send("a")
    first = orders.receive(1.0)[0]
    orders.queue.double(first, 1.0, after_seconds=0.5)
    orders.queue.delete(first.handle, 1.2)
    (second,) = orders.receive(1.5)
    assert second.id == first.id
    assert second.handle != first.handle
    assert [event.doubled for event in orders.events if event.kind is Kind.RECEIVED] == [False, True]
    orders.queue.delete(second.handle, 2.0)
    assert orders.bodies(100.0) == []


def test_a_doubled_message_that_is_in_flight_belongs_to_its_newest_handle() -> None:
    orders = QueueUnderTest()
    (message_id,) = orders.send("a")
    first = orders.receive(1.0)[0]
    old = first.handle
    orders.queue.double(first, 1.0, after_seconds=0.5)
    new = orders.receive(1.5)[0].handle
    orders.queue.delete(old, 1.6)
    assert orders.told(message_id)[-1] is Kind.DELETE_IGNORED
    orders.queue.delete(new, 1.7)
    assert orders.bodies(100.0) == []
