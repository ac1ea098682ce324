"""The promises of the `Source` port. Every source keeps all of them."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping
from typing import Protocol

import pytest

from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import NO_ATTRIBUTES, Counter, Message, Release
from punctuald.source.port import BacklogGauge, Source


class Bench(Protocol):
    """One fresh queue of one kind."""

    source: Source
    gauge: BacklogGauge
    requests: Tally[Counter]

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        """Put a message into the queue."""

    def dead_letters(self) -> list[Message]:
        """What is in the dead-letter queue."""

    def receive_after_expiry(self, visibility_seconds: int) -> list[Message]:
        """What comes once leases of ``visibility_seconds`` have run out."""

    def missing(self) -> Source:
        """A source of a queue that does not exist."""

    def unreachable(self) -> Source:
        """A source whose broker is not there."""


def bodies(messages: list[Message]) -> list[str]:
    return [message.body for message in messages]


def receive_all(bench: Bench, number: int) -> list[Message]:
    """Receive ``number`` messages that are known to be there."""
    messages: list[Message] = []
    while len(messages) < number:
        got = bench.source.receive(10, 5, 30)
        assert got, f"only {len(messages)} of {number} came"
        messages += got
    return messages


def test_a_message_comes_with_all_that_its_handler_may_ask(bench: Bench) -> None:
    bench.send("hello", attributes={"sla_tier": "peak_hours"})
    (message,) = bench.source.receive(10, 5, 30)
    assert (message.body, dict(message.attributes)) == ("hello", {"sla_tier": "peak_hours"})
    assert (message.queue, message.receive_count, message.group) == (bench.source.name, 1, None)
    assert 0 <= message.received_utc - message.sent_utc < 3


def test_an_empty_queue_is_an_empty_list(bench: Bench) -> None:
    assert bench.source.receive(10, 0, 30) == []


def test_no_more_comes_than_there_is_room_for(bench: Bench) -> None:
    for number in range(5):
        bench.send(str(number))
    assert len(bench.source.receive(2, 5, 30)) <= 2


def test_a_leased_message_is_hidden(bench: Bench) -> None:
    bench.send("hello")
    assert bodies(bench.source.receive(10, 5, 30)) == ["hello"]
    assert bench.source.receive(10, 0, 30) == []


def test_a_message_comes_back_when_its_lease_runs_out(bench: Bench) -> None:
    bench.send("hello")
    (first,) = bench.source.receive(10, 5, 1)
    (second,) = bench.receive_after_expiry(1)
    assert (second.id, second.receive_count) == (first.id, 2)
    assert second.receipt_handle != first.receipt_handle


def test_a_released_message_comes_back_at_once(bench: Bench) -> None:
    bench.send("hello")
    (message,) = bench.source.receive(10, 5, 30)
    assert bench.source.release([Release(message)]) == []
    assert bodies(bench.source.receive(10, 5, 30)) == ["hello"]


def test_a_message_released_for_later_stays_hidden_until_then(bench: Bench) -> None:
    bench.send("hello")
    (message,) = bench.source.receive(10, 5, 30)
    assert bench.source.release([Release(message, after_seconds=1)]) == []
    assert bench.source.receive(10, 0, 30) == []
    assert bodies(bench.receive_after_expiry(1)) == ["hello"]


def test_an_extended_lease_outlives_its_first_term(bench: Bench) -> None:
    bench.send("extended")
    (message,) = bench.source.receive(10, 5, 1)
    assert bench.source.extend([message], 30) == []
    bench.send("not extended")
    assert bodies(bench.source.receive(10, 5, 1)) == ["not extended"]
    # the second lease was taken after the first: when it has run out, so would have the first
    assert bodies(bench.receive_after_expiry(1)) == ["not extended"]


def test_an_acknowledged_message_is_gone(bench: Bench) -> None:
    bench.send("hello")
    messages = bench.source.receive(10, 5, 1)
    assert bench.source.acknowledge(messages) == []
    assert bench.gauge.read().total == 0


def test_acknowledging_twice_is_acknowledging_once(bench: Bench) -> None:
    bench.send("hello")
    messages = bench.source.receive(10, 5, 30)
    assert bench.source.acknowledge(messages + messages) == []
    assert bench.source.acknowledge(messages) == []


def test_more_than_ten_go_in_batches_of_ten(bench: Bench) -> None:
    for number in range(23):
        bench.send(str(number))
    messages = receive_all(bench, 23)
    assert bench.source.extend(messages, 60) == []
    assert bench.source.acknowledge(messages) == []
    assert (bench.requests[Counter.REQUEST_EXTEND], bench.requests[Counter.REQUEST_ACKNOWLEDGE]) == (3, 3)
    assert bench.gauge.read().total == 0


def test_a_handle_that_holds_nothing_fails_alone_and_for_good(bench: Bench) -> None:
    bench.send("good")
    (good,) = bench.source.receive(10, 5, 30)
    bad = Message("no-id", bench.source.name, "", "not-a-handle", sent_utc=0, received_utc=0)
    for failures in (bench.source.extend([bad, good], 30), bench.source.acknowledge([bad, good])):
        (failure,) = failures
        assert (failure.receipt_handle, failure.code) == ("not-a-handle", "ReceiptHandleIsInvalid")
        assert not failure.retryable
    assert bench.gauge.read().total == 0


def test_a_fifo_group_comes_in_order_and_waits_while_one_is_out(fifo_bench: Bench) -> None:
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        fifo_bench.send(body, group=group)
    (first,) = fifo_bench.source.receive(1, 5, 30)
    assert (first.body, first.group, fifo_bench.source.ordered) == ("a1", "a", True)
    assert bodies(fifo_bench.source.receive(10, 0, 30)) == ["b1"]
    assert fifo_bench.source.acknowledge([first]) == []
    assert bodies(fifo_bench.source.receive(10, 5, 30)) == ["a2"]


def test_a_released_fifo_message_keeps_its_place(fifo_bench: Bench) -> None:
    for body in ("1", "2", "3"):
        fifo_bench.send(body, group="a")
    (first,) = fifo_bench.source.receive(1, 5, 30)
    assert fifo_bench.source.release([Release(first)]) == []
    assert bodies(fifo_bench.source.receive(1, 5, 30)) == ["1"]


def test_a_dead_lettered_message_is_copied_with_the_reason_and_then_deleted(bench: Bench) -> None:
    bench.send("hello", attributes={"kind": "greeting"})
    (message,) = bench.source.receive(10, 5, 30)
    assert bench.source.dead_letter(message, "unknown customer") == []
    (copy,) = bench.dead_letters()
    assert copy.body == "hello"
    assert dict(copy.attributes) == {"kind": "greeting", "punctuald.reason": "unknown customer"}
    assert bench.gauge.read().total == 0


def test_a_dead_lettered_fifo_message_keeps_its_group(fifo_bench: Bench) -> None:
    fifo_bench.send("hello", group="a")
    (message,) = fifo_bench.source.receive(10, 5, 30)
    assert fifo_bench.source.dead_letter(message, "unknown customer") == []
    assert [(copy.body, copy.group) for copy in fifo_bench.dead_letters()] == [("hello", "a")]


def test_a_missing_queue_is_for_a_person_to_mend(bench: Bench) -> None:
    with pytest.raises(SourceMisconfigured, match="nowhere") as raised:
        bench.missing().receive(10, 0, 30)
    assert "\n" not in str(raised.value)


def test_a_broker_that_is_not_there_is_worth_another_try(bench: Bench) -> None:
    with pytest.raises(SourceUnavailable) as raised:
        bench.unreachable().receive(10, 0, 30)
    assert raised.value.code == "EndpointConnectionError"


def test_a_closed_source_refuses_calls(bench: Bench) -> None:
    bench.source.close()
    with pytest.raises(SourceUnavailable) as raised:
        bench.source.receive(10, 0, 30)
    assert raised.value.code == "Closed"


def test_the_gauge_tells_waiting_from_in_flight(bench: Bench) -> None:
    for number in range(3):
        bench.send(str(number))
    bench.source.receive(1, 5, 30)
    backlog = bench.gauge.read()
    assert (backlog.visible, backlog.in_flight, backlog.delayed) == (2, 1, 0)


def test_every_request_is_counted_by_its_kind(bench: Bench) -> None:
    bench.send("hello")
    messages = bench.source.receive(10, 5, 30)
    bench.source.extend(messages, 30)
    bench.source.acknowledge(messages)
    kinds = (Counter.REQUEST_RECEIVE, Counter.REQUEST_EXTEND, Counter.REQUEST_ACKNOWLEDGE, Counter.REQUEST_RELEASE)
    assert [bench.requests[kind] for kind in kinds] == [1, 1, 1, 0]
