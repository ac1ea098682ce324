"""The chaos server's FIFO queue keeps what Amazon documents of groups, order, handles and repeated receives."""

from __future__ import annotations

import pytest

from chaos.ledger.events import Kind
from chaos.sqs.stored import Post, Refused
from doubles.chaos.queue_under_test import QueueUnderTest


def fifo(max_receive_count: int | None = None) -> QueueUnderTest:
    return QueueUnderTest("orders.fifo", max_receive_count)


def test_several_messages_of_one_group_come_in_one_answer_and_lock_the_group() -> None:
    orders = fifo()
    orders.send("a", "b", "c", group="g")
    assert orders.bodies(1.0, limit=2) == ["a", "b"]
    assert orders.bodies(2.0) == []


def test_a_group_is_free_only_when_nothing_of_it_is_in_flight() -> None:
    orders = fifo()
    orders.send("a", "b", "c", group="g")
    first, second = orders.receive(1.0, limit=2)
    orders.queue.delete(first.handle, 2.0)
    assert orders.bodies(2.0) == []
    orders.queue.delete(second.handle, 3.0)
    assert orders.bodies(3.0) == ["c"]


def test_a_head_that_is_given_back_alone_waits_for_what_is_in_flight_behind_it() -> None:
    orders = fifo()
    orders.send("a", "b", group="g")
    head, follower = orders.receive(1.0)
    orders.queue.change_visibility(head.handle, 0, 2.0)
    assert orders.bodies(2.0) == []
    orders.queue.change_visibility(follower.handle, 0, 3.0)
    assert orders.bodies(3.0) == ["a", "b"]


def test_other_groups_are_not_held_up() -> None:
    orders = fifo()
    orders.send("a", group="g")
    orders.send("b", group="h")
    assert orders.bodies(1.0, limit=1) == ["a"]
    assert orders.bodies(2.0) == ["b"]


def test_a_fifo_queue_refuses_a_handle_whose_timeout_is_over() -> None:
    orders = fifo()
    (message_id,) = orders.send("a", group="g")
    handle = orders.receive(1.0)[0].handle
    with pytest.raises(Refused, match="expired"):
        orders.queue.delete(handle, 31.0)
    assert orders.told(message_id)[-1] is Kind.DELETE_REFUSED
    assert orders.bodies(31.0) == ["a"]


def test_an_exhausted_head_makes_way_for_its_followers() -> None:
    orders = fifo(max_receive_count=1)
    orders.send("a", "b", group="g")
    orders.receive(1.0, limit=1)
    assert orders.bodies(31.0) == ["b"]
    assert orders.dead_letters.counts() == (1, 0, 0)


def test_a_deduplication_id_is_taken_once_in_five_minutes() -> None:
    orders = fifo()
    ids = [orders.queue.send(Post("a", group="g", deduplication_id="1"), now) for now in (0.0, 299.0, 300.0)]
    assert ids[0] == ids[1] != ids[2]


def test_a_fifo_queue_takes_no_message_without_a_group() -> None:
    with pytest.raises(Refused, match="MessageGroupId"):
        fifo().send("a")


def test_a_lost_receive_can_be_asked_again_by_its_attempts_id() -> None:
    orders = fifo()
    orders.send("a", group="g")
    lost = orders.queue.receive(10, 30, 0.0, attempt_id="1")
    again = orders.queue.receive(10, 30, 20.0, attempt_id="1")
    assert [message.handle for message in again] == [message.handle for message in lost]
    assert orders.bodies(49.0) == [], "its visibility timeout began anew"
    assert orders.bodies(50.0) == ["a"]


def test_an_attempt_can_not_be_repeated_once_its_messages_were_touched() -> None:
    orders = fifo()
    orders.send("a", group="g")
    (message,) = orders.queue.receive(10, 30, 0.0, attempt_id="1")
    orders.queue.change_visibility(message.handle, 30, 1.0)
    with pytest.raises(Refused, match="not retryable"):
        orders.queue.receive(10, 30, 2.0, attempt_id="1")
