"""How a source in memory misbehaves on demand."""

from __future__ import annotations

import pytest

from doubles.source.count_nothing import count_nothing
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Metric
from punctuald.source.memory.gauge import MemoryGauge
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

AWAY = SourceUnavailable("away", code="Outage")


def make(clock: ManualClock, *bodies: str) -> tuple[MemoryQueue, MemoryQueueSource]:
    queue = MemoryQueue("orders", clock)
    for body in bodies:
        queue.send(body)
    return queue, MemoryQueueSource(queue, count_nothing)


@on_virtual_time
async def test_a_refused_entry_fails_alone_and_once(clock: ManualClock) -> None:
    _, source = make(clock, "1", "2")
    messages = await source.receive(10, 0, 30)
    source.faults.refuse(messages[0].receipt_handle, code="InternalError", retryable=True)
    (failure,) = await source.acknowledge(messages)
    assert (failure.receipt_handle, failure.retryable) == (messages[0].receipt_handle, True)
    assert await source.acknowledge(messages) == []


@on_virtual_time
async def test_an_outage_is_everybodys_until_it_is_ended(clock: ManualClock) -> None:
    queue, source = make(clock, "hello")
    gauge = MemoryGauge(queue.backlog, count_nothing, source.faults)
    source.faults.begin_outage(AWAY)
    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            await source.receive(10, 0, 30)
        with pytest.raises(SourceUnavailable):
            gauge.read()
    source.faults.end_outage()
    assert gauge.read().visible == 1
    assert len(await source.receive(10, 0, 30)) == 1


@on_virtual_time
async def test_one_call_fails_on_demand_and_the_next_does_not(clock: ManualClock) -> None:
    queue, source = make(clock, "hello")
    source.faults.fail_next(Metric.REQUEST_RECEIVE, AWAY)
    with pytest.raises(SourceUnavailable):
        await source.receive(10, 0, 30)
    assert queue.backlog().visible == 1
    assert len(await source.receive(10, 0, 30)) == 1


@on_virtual_time
async def test_a_lost_answer_is_of_a_call_that_was_carried_out(clock: ManualClock) -> None:
    queue, source = make(clock, "hello")
    source.faults.fail_next(Metric.REQUEST_RECEIVE, AWAY, done=True)
    with pytest.raises(SourceUnavailable):
        await source.receive(10, 0, 30)
    assert (queue.backlog().visible, queue.backlog().in_flight) == (0, 1)


@on_virtual_time
async def test_a_lease_has_begun_when_its_message_is_still_on_the_way(clock: ManualClock) -> None:
    _, source = make(clock, "hello")
    source.faults.latency_seconds = 2
    began_mono = clock.mono()
    messages = await source.receive(10, 0, 30)
    assert clock.mono() - began_mono == pytest.approx(2)
    clock.advance(28)  # 29 s of the lease are over, and it is over when the renewal reaches the broker
    assert [failure.code for failure in await source.extend(messages, 30)] == ["ReceiptHandleIsInvalid"]
