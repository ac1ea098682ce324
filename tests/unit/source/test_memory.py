"""What the memory source can do beyond the contract: strict leases, turned time, and misbehaviour on demand."""

from __future__ import annotations

import threading

import pytest

from punctuald.clock import ManualClock, SystemClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Counter, Message
from punctuald.source.memory import MemoryBroker, MemoryGauge, MemorySource
from punctuald.source.memory_queue import MemoryQueue


def ignore(_: Counter) -> None:
    """Count nothing."""


def make(**options: object) -> tuple[MemoryBroker, MemorySource, ManualClock]:
    clock = ManualClock()
    broker = MemoryBroker(MemoryQueue("orders", clock, **options))  # type: ignore[arg-type]  # each test's own options
    return broker, MemorySource(broker, ignore), clock


def receive(source: MemorySource) -> list[Message]:
    return source.receive(10, 0, 30)


def test_an_expired_handle_is_refused() -> None:
    broker, source, clock = make()
    broker.send("hello")
    (message,) = receive(source)
    clock.advance(30)
    for failures in (source.extend([message], 30), source.acknowledge([message])):
        assert [(failure.code, failure.retryable) for failure in failures] == [("ReceiptHandleIsInvalid", False)]
    assert broker.queue.backlog().visible == 1


def test_an_earlier_deliverys_handle_is_refused_and_the_later_one_holds() -> None:
    broker, source, clock = make()
    broker.send("hello")
    (first,) = receive(source)
    clock.advance(30)
    (second,) = receive(source)
    assert [failure.receipt_handle for failure in source.acknowledge([first, second])] == [first.receipt_handle]
    assert broker.queue.backlog().total == 0


def test_a_delayed_message_shows_when_its_time_has_come() -> None:
    broker, source, clock = make()
    broker.send("later", delay_seconds=10)
    assert receive(source) == []
    assert broker.queue.backlog().delayed == 1
    clock.advance(10)
    assert [message.body for message in receive(source)] == ["later"]


def test_after_too_many_receives_a_message_goes_to_the_dead_letter_queue() -> None:
    dead = MemoryQueue("dead", ManualClock())
    broker, source, clock = make(dead_letter_queue=dead, max_receive_count=2)
    broker.send("poison")
    counts = []
    for _ in range(3):
        counts += [message.receive_count for message in receive(source)]
        clock.advance(30)
    assert counts == [1, 2]
    assert (broker.queue.backlog().total, dead.backlog().visible) == (0, 1)


def test_without_a_dead_letter_queue_a_rejected_message_stays() -> None:
    broker, source, _ = make()
    broker.send("hello")
    (message,) = receive(source)
    (failure,) = source.dead_letter(message, "why")
    assert (failure.code, failure.retryable) == ("NoDeadLetterQueue", False)
    assert broker.queue.backlog().in_flight == 1


def test_the_rest_of_a_fifo_group_waits_for_a_head_that_failed() -> None:
    broker, source, clock = make(fifo=True)
    for body in ("1", "2", "3"):
        broker.send(body, group="a")
    head, *rest = receive(source)
    source.acknowledge([head])
    assert [message.body for message in rest] == ["2", "3"]
    assert receive(source) == []
    clock.advance(30)
    assert [message.body for message in receive(source)] == ["2", "3"]


def test_counters_lag_by_their_staleness() -> None:
    broker, _, clock = make(staleness_seconds=60)
    gauge = MemoryGauge(broker, ignore)
    assert gauge.read().visible == 0
    broker.send("hello")
    assert gauge.read().visible == 0
    clock.advance(60)
    assert gauge.read().visible == 1


def test_a_refused_entry_fails_alone_and_once() -> None:
    broker, source, _ = make()
    broker.send("1")
    broker.send("2")
    messages = receive(source)
    broker.faults.refuse(messages[0].receipt_handle, code="InternalError", retryable=True)
    (failure,) = source.acknowledge(messages)
    assert (failure.receipt_handle, failure.retryable) == (messages[0].receipt_handle, True)
    assert source.acknowledge(messages) == []


def test_an_outage_lasts_until_it_is_ended() -> None:
    broker, source, _ = make()
    broker.send("hello")
    broker.faults.begin_outage(SourceUnavailable("away", code="Outage"))
    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            receive(source)
    broker.faults.end_outage()
    assert len(receive(source)) == 1


def test_one_call_fails_on_demand_and_the_next_does_not() -> None:
    broker, source, _ = make()
    broker.faults.fail_next(Counter.REQUEST_RECEIVE, SourceUnavailable("away", code="Throttled"))
    with pytest.raises(SourceUnavailable):
        receive(source)
    assert receive(source) == []


def test_a_waiting_receive_wakes_for_a_message() -> None:
    broker = MemoryBroker(MemoryQueue("orders", SystemClock()))
    got: list[Message] = []
    waiting = threading.Thread(target=lambda: got.extend(MemorySource(broker, ignore).receive(10, 20, 30)), daemon=True)
    waiting.start()
    broker.send("hello")
    waiting.join(10)
    assert [message.body for message in got] == ["hello"]


def test_closing_ends_a_waiting_receive() -> None:
    asked, ended = threading.Event(), threading.Event()
    source = MemorySource(MemoryBroker(MemoryQueue("orders", SystemClock())), lambda _: asked.set())

    def wait() -> None:
        with pytest.raises(SourceUnavailable):
            source.receive(10, 600, 30)
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    assert asked.wait(10)
    source.close()
    assert ended.wait(10)
