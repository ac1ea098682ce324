"""The chaos server's queue keeps what Amazon documents of SQS, on a clock that the test moves."""

from __future__ import annotations

import pytest

from chaos.ledger.events import Kind, QueueEvent
from chaos.sqs.queue import Queue
from chaos.sqs.stored import Post, QueueSettings, Refused, StoredMessage


class QueueRegistry:
    """A queue with its dead-letter queue and everything that happened."""

    def __init__(self, name: str = "orders", max_receive_count: int | None = None, delay_seconds: float = 0) -> None:
        self.events: list[QueueEvent] = []
        self.dead_letters = Queue(QueueSettings("dlq.fifo" if name.endswith(".fifo") else "dlq"), self.events.append)
        settings = QueueSettings(name, 30, delay_seconds, max_receive_count, "dlq")
        self.queue = Queue(settings, self.events.append, self.dead_letters.adopt)

    def send(self, *bodies: str, group: str | None = None, now: float = 0.0) -> list[str]:
        return [self.queue.send(Post(body, group=group), now) for body in bodies]

    def receive(self, now: float, limit: int = 10, visibility_seconds: int | None = None) -> list[StoredMessage]:
        return self.queue.receive(limit, visibility_seconds, now)

    def bodies(self, now: float, limit: int = 10) -> list[str]:
        return [message.post.body for message in self.receive(now, limit)]

    def told(self, message_id: str) -> list[Kind]:
        return [event.kind for event in self.events if event.message_id == message_id]


def fifo(max_receive_count: int | None = None) -> QueueRegistry:
    return QueueRegistry("orders.fifo", max_receive_count)


def test_a_received_message_is_hidden_for_its_visibility_timeout() -> None:
    registry = QueueRegistry()
    registry.send("a")
    assert registry.bodies(1.0) == ["a"]
    assert registry.bodies(30.9) == []
    assert registry.bodies(31.0) == ["a"]


def test_a_receive_may_ask_for_another_visibility_timeout() -> None:
    registry = QueueRegistry()
    registry.send("a")
    registry.receive(1.0, visibility_seconds=5)
    assert registry.bodies(6.0) == ["a"]


def test_each_receive_has_a_handle_of_its_own_and_counts() -> None:
    registry = QueueRegistry()
    registry.send("a")
    handles = [
        (message.handle, message.receive_count) for now in (0.0, 30.0, 60.0) for message in registry.receive(now)
    ]
    assert len({handle for handle, _ in handles}) == 3
    assert [count for _, count in handles] == [1, 2, 3]


def test_every_step_of_a_message_is_recorded() -> None:
    registry = QueueRegistry()
    (message_id,) = registry.send("a")
    registry.queue.change_visibility(registry.receive(1.0)[0].handle, 10, 2.0)
    registry.queue.delete(registry.receive(12.0)[0].handle, 13.0)
    assert registry.told(message_id) == [
        Kind.SENT,
        Kind.RECEIVED,
        Kind.VISIBILITY_CHANGED,
        Kind.EXPIRED,
        Kind.RECEIVED,
        Kind.DELETED,
    ]


def test_a_message_given_back_can_be_received_at_once() -> None:
    registry = QueueRegistry()
    registry.send("a")
    registry.queue.change_visibility(registry.receive(1.0)[0].handle, 0, 2.0)
    assert registry.bodies(2.0) == ["a"]


def test_visibility_can_be_changed_only_by_who_holds_the_message() -> None:
    registry = QueueRegistry()
    registry.send("a")
    handle = registry.receive(1.0)[0].handle
    with pytest.raises(Refused, match="not available"):
        registry.queue.change_visibility(handle, 10, 31.0)


def test_nobody_hides_a_message_for_longer_than_twelve_hours_in_all() -> None:
    registry = QueueRegistry()
    registry.send("a")
    handle = registry.receive(0.0, visibility_seconds=43_200)[0].handle
    with pytest.raises(Refused, match="beyond the limit"):
        registry.queue.change_visibility(handle, 43_200, 10.0)


def test_a_message_is_deleted_after_its_timeout_if_nobody_else_has_received_it() -> None:
    registry = QueueRegistry()
    registry.send("a")
    registry.queue.delete(registry.receive(1.0)[0].handle, 40.0)
    assert registry.bodies(41.0) == []


def test_an_older_handle_deletes_nothing_and_says_so_to_nobody() -> None:
    registry = QueueRegistry()
    (message_id,) = registry.send("a")
    old = registry.receive(1.0)[0].handle
    registry.receive(31.0)
    registry.queue.delete(old, 32.0)
    assert registry.told(message_id)[-1] is Kind.DELETE_IGNORED
    assert registry.bodies(61.0) == ["a"]


def test_to_delete_twice_is_a_success_and_an_unknown_handle_is_not() -> None:
    registry = QueueRegistry()
    registry.send("a")
    handle = registry.receive(1.0)[0].handle
    registry.queue.delete(handle, 2.0)
    registry.queue.delete(handle, 3.0)
    with pytest.raises(Refused, match="invalid"):
        registry.queue.delete("unknown", 4.0)


def test_a_message_whose_receives_are_used_up_goes_to_the_dead_letter_queue_at_the_next() -> None:
    registry = QueueRegistry(max_receive_count=2)
    (message_id,) = registry.send("a")
    assert [registry.bodies(now) for now in (0.0, 30.0, 60.0)] == [["a"], ["a"], []]
    assert registry.told(message_id)[-1] is Kind.REDRIVEN
    dead = registry.dead_letters.receive(1, None, 61.0)[0]
    assert (dead.id, dead.receive_count) == (message_id, 1)


def test_what_would_be_redriven_in_time_can_be_redriven_now() -> None:
    registry = QueueRegistry(max_receive_count=1)
    registry.send("a", "b")
    registry.receive(1.0, limit=1)
    registry.queue.expire_all(2.0)
    assert registry.queue.counts() == (1, 0, 0)
    assert registry.dead_letters.counts() == (1, 0, 0)


def test_a_delayed_message_comes_when_its_delay_is_over() -> None:
    registry = QueueRegistry(delay_seconds=5)
    registry.send("a")
    assert registry.queue.counts() == (0, 0, 1)
    assert registry.bodies(4.9) == []
    assert registry.bodies(5.0) == ["a"]


def test_a_doubled_message_comes_once_more_though_it_was_deleted() -> None:
    registry = QueueRegistry()
    registry.send("a")
    first = registry.receive(1.0)[0]
    registry.queue.double(first, 1.0, after_seconds=0.5)
    registry.queue.delete(first.handle, 1.2)
    (second,) = registry.receive(1.5)
    assert second.id == first.id
    assert second.handle != first.handle
    assert [event.doubled for event in registry.events if event.kind is Kind.RECEIVED] == [False, True]
    registry.queue.delete(second.handle, 2.0)
    assert registry.bodies(100.0) == []


def test_a_doubled_message_that_is_in_flight_belongs_to_its_newest_handle() -> None:
    registry = QueueRegistry()
    (message_id,) = registry.send("a")
    first = registry.receive(1.0)[0]
    old = first.handle
    registry.queue.double(first, 1.0, after_seconds=0.5)
    new = registry.receive(1.5)[0].handle
    registry.queue.delete(old, 1.6)
    assert registry.told(message_id)[-1] is Kind.DELETE_IGNORED
    registry.queue.delete(new, 1.7)
    assert registry.bodies(100.0) == []


# --- FIFO


def test_several_messages_of_one_group_come_in_one_answer_and_lock_the_group() -> None:
    registry = fifo()
    registry.send("a", "b", "c", group="g")
    assert registry.bodies(1.0, limit=2) == ["a", "b"]
    assert registry.bodies(2.0) == []


def test_a_group_is_free_only_when_nothing_of_it_is_in_flight() -> None:
    registry = fifo()
    registry.send("a", "b", "c", group="g")
    first, second = registry.receive(1.0, limit=2)
    registry.queue.delete(first.handle, 2.0)
    assert registry.bodies(2.0) == []
    registry.queue.delete(second.handle, 3.0)
    assert registry.bodies(3.0) == ["c"]


def test_a_head_that_is_given_back_alone_waits_for_what_is_in_flight_behind_it() -> None:
    registry = fifo()
    registry.send("a", "b", group="g")
    head, follower = registry.receive(1.0)
    registry.queue.change_visibility(head.handle, 0, 2.0)
    assert registry.bodies(2.0) == []
    registry.queue.change_visibility(follower.handle, 0, 3.0)
    assert registry.bodies(3.0) == ["a", "b"]


def test_other_groups_are_not_held_up() -> None:
    registry = fifo()
    registry.send("a", group="g")
    registry.send("b", group="h")
    assert registry.bodies(1.0, limit=1) == ["a"]
    assert registry.bodies(2.0) == ["b"]


def test_a_fifo_queue_refuses_a_handle_whose_timeout_is_over() -> None:
    registry = fifo()
    (message_id,) = registry.send("a", group="g")
    handle = registry.receive(1.0)[0].handle
    with pytest.raises(Refused, match="expired"):
        registry.queue.delete(handle, 31.0)
    assert registry.told(message_id)[-1] is Kind.DELETE_REFUSED
    assert registry.bodies(31.0) == ["a"]


def test_an_exhausted_head_makes_way_for_its_followers() -> None:
    registry = fifo(max_receive_count=1)
    registry.send("a", "b", group="g")
    registry.receive(1.0, limit=1)
    assert registry.bodies(31.0) == ["b"]
    assert registry.dead_letters.counts() == (1, 0, 0)


def test_a_deduplication_id_is_taken_once_in_five_minutes() -> None:
    registry = fifo()
    ids = [registry.queue.send(Post("a", group="g", deduplication_id="1"), now) for now in (0.0, 299.0, 300.0)]
    assert ids[0] == ids[1] != ids[2]


def test_a_fifo_queue_takes_no_message_without_a_group() -> None:
    with pytest.raises(Refused, match="MessageGroupId"):
        fifo().send("a")


def test_a_lost_receive_can_be_asked_again_by_its_attempts_id() -> None:
    registry = fifo()
    registry.send("a", group="g")
    lost = registry.queue.receive(10, 30, 0.0, attempt_id="1")
    again = registry.queue.receive(10, 30, 20.0, attempt_id="1")
    assert [message.handle for message in again] == [message.handle for message in lost]
    assert registry.bodies(49.0) == [], "its visibility timeout began anew"
    assert registry.bodies(50.0) == ["a"]


def test_an_attempt_can_not_be_repeated_once_its_messages_were_touched() -> None:
    registry = fifo()
    registry.send("a", group="g")
    (message,) = registry.queue.receive(10, 30, 0.0, attempt_id="1")
    registry.queue.change_visibility(message.handle, 30, 1.0)
    with pytest.raises(Refused, match="not retryable"):
        registry.queue.receive(10, 30, 2.0, attempt_id="1")
