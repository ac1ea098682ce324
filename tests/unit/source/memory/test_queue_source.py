"""What the queue in memory can do beyond the contract: strict leases, turned time, waits that end when they should."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import uvloop

from contract.bench import bodies
from doubles.source.count_nothing import count_nothing
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import Clock, ManualClock, SystemClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Message, Release
from punctuald.ports import Source, SourceRules
from punctuald.source.memory.gauge import MemoryGauge
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource


def make(clock: Clock, **options: object) -> tuple[MemoryQueue, MemoryQueueSource]:
    queue = MemoryQueue("orders", clock, **options)  # type: ignore[arg-type]  # each test's own options
    return queue, MemoryQueueSource(queue, count_nothing)


async def receive(source: Source, wait_seconds: float = 0) -> Sequence[Message]:
    return await source.receive(10, wait_seconds, 30)


@on_virtual_time
async def test_an_expired_handle_is_refused(clock: ManualClock) -> None:
    queue, source = make(clock)
    queue.send("hello")
    (message,) = await receive(source)
    clock.advance(30)
    for failures in (await source.extend([message], 30), await source.acknowledge([message])):
        assert [(failure.code, failure.retryable) for failure in failures] == [("ReceiptHandleIsInvalid", False)]
    assert queue.backlog().visible == 1


@on_virtual_time
async def test_an_earlier_deliverys_handle_is_refused_and_the_later_one_holds(clock: ManualClock) -> None:
    queue, source = make(clock)
    queue.send("hello")
    (first,) = await receive(source)
    clock.advance(30)
    (second,) = await receive(source)
    assert [failure.receipt_handle for failure in await source.acknowledge([first, second])] == [first.receipt_handle]
    assert queue.backlog().total == 0


@on_virtual_time
async def test_a_lease_renewed_at_the_moment_it_began_shows_its_message_once(clock: ManualClock) -> None:
    queue, source = make(clock)
    queue.send("hello")
    await source.extend(await receive(source), 30)
    clock.advance(30)
    assert bodies(await receive(source)) == ["hello"]
    assert await receive(source) == []


@on_virtual_time
async def test_a_delayed_message_shows_when_its_time_has_come(clock: ManualClock) -> None:
    queue, source = make(clock)
    queue.send("later", delay_seconds=10)
    assert await receive(source) == []
    assert queue.backlog().delayed == 1
    clock.advance(10)
    assert bodies(await receive(source)) == ["later"]


@on_virtual_time
async def test_after_too_many_receives_a_message_goes_to_the_dead_letter_queue(clock: ManualClock) -> None:
    dead = MemoryQueue("dead", clock)
    queue, source = make(clock, dead_letter_queue=dead, max_receive_count=2)
    queue.send("poison")
    counts = []
    for _ in range(3):
        counts += [message.receive_count for message in await receive(source)]
        clock.advance(30)
    assert counts == [1, 2]
    assert (queue.backlog().total, dead.backlog().visible) == (0, 1)
    assert await source.rules() == SourceRules(max_receives=2)


@on_virtual_time
async def test_without_a_dead_letter_queue_a_rejected_message_stays(clock: ManualClock) -> None:
    queue, source = make(clock, max_receive_count=2)
    queue.send("hello")
    (message,) = await receive(source)
    (failure,) = await source.dead_letter(message, "why")
    assert (failure.code, failure.retryable) == ("NoDeadLetterQueue", False)
    assert queue.backlog().in_flight == 1
    assert await source.rules() == SourceRules(max_receives=None)


@on_virtual_time
async def test_the_rest_of_a_fifo_group_waits_for_a_head_that_failed(clock: ManualClock) -> None:
    queue, source = make(clock, fifo=True)
    for body in ("1", "2", "3"):
        queue.send(body, group="a")
    head, *rest = await receive(source)
    await source.acknowledge([head])
    assert bodies(rest) == ["2", "3"]
    assert await receive(source) == []
    clock.advance(30)
    assert bodies(await receive(source)) == ["2", "3"]


@on_virtual_time
async def test_counters_lag_by_their_staleness(clock: ManualClock) -> None:
    queue, _ = make(clock, staleness_seconds=60)
    gauge = MemoryGauge(queue.backlog, count_nothing)
    assert gauge.read().visible == 0
    queue.send("hello")
    assert gauge.read().visible == 0
    clock.advance(60)
    assert gauge.read().visible == 1


@on_virtual_time
async def test_a_waiting_receive_wakes_the_moment_a_message_is_sent(clock: ManualClock) -> None:
    queue, source = make(clock)
    asyncio.get_running_loop().call_later(3, queue.send, "hello")
    began_mono = clock.mono()
    assert bodies(await receive(source, wait_seconds=20)) == ["hello"]
    assert clock.mono() - began_mono == pytest.approx(3)


@on_virtual_time
async def test_a_waiting_receive_wakes_the_moment_a_hidden_message_shows(clock: ManualClock) -> None:
    queue, source = make(clock)
    queue.send("hello")
    (message,) = await receive(source)
    asyncio.get_running_loop().call_later(1, queue.send, "other")
    assert bodies(await receive(source, wait_seconds=20)) == ["other"]
    await source.release([Release(message, after_seconds=5)])
    released_mono = clock.mono()
    assert bodies(await receive(source, wait_seconds=20)) == ["hello"]
    assert clock.mono() - released_mono == pytest.approx(5)


@on_virtual_time
async def test_a_receive_waits_its_whole_time_for_nothing(clock: ManualClock) -> None:
    _, source = make(clock)
    began_mono = clock.mono()
    assert await receive(source, wait_seconds=20) == []
    assert clock.mono() - began_mono == pytest.approx(20)


@on_virtual_time
async def test_of_several_waiting_receives_the_first_gets_the_message_and_the_others_wait_on(
    clock: ManualClock,
) -> None:
    queue, source = make(clock)
    waiting = [asyncio.create_task(receive(source, wait_seconds=20)) for _ in range(3)]
    loop = asyncio.get_running_loop()
    for seconds in (3, 1, 2):
        loop.call_later(seconds, queue.send, f"after {seconds}")
    assert [bodies(messages) for messages in await asyncio.gather(*waiting)] == [["after 1"], ["after 2"], ["after 3"]]


@on_virtual_time
async def test_acknowledging_a_groups_head_wakes_a_receive_for_its_followers(clock: ManualClock) -> None:
    queue, source = make(clock, fifo=True)
    queue.send("1", group="a")
    head = await receive(source)
    queue.send("2", group="a")
    waiting = asyncio.create_task(receive(source, wait_seconds=20))
    await asyncio.sleep(1)
    await source.acknowledge(head)
    began_mono = clock.mono()
    assert bodies(await waiting) == ["2"]
    assert clock.mono() == began_mono


@on_virtual_time
async def test_closing_ends_a_waiting_receive(clock: ManualClock) -> None:
    _, source = make(clock)
    waiting = asyncio.create_task(receive(source, wait_seconds=600))
    await asyncio.sleep(1)
    await source.close()
    with pytest.raises(SourceUnavailable):
        await waiting
    assert clock.mono() == ManualClock().mono() + 1


@on_virtual_time
async def test_a_call_beyond_the_limits_is_the_callers_mistake(clock: ManualClock) -> None:
    queue, source = make(clock)
    for number in range(11):
        queue.send(str(number))
    with pytest.raises(ValueError, match="11 messages"):
        await source.receive(11, 0, 30)
    messages = [*await receive(source), *await receive(source)]
    with pytest.raises(ValueError, match="11 messages"):
        await source.acknowledge(messages)


def test_on_uvloop_and_the_machines_clock_a_wait_ends_as_well() -> None:
    queue, source = make(SystemClock())

    async def wait_twice() -> list[str]:
        asyncio.get_running_loop().call_later(0.01, queue.send, "hello")
        first = await receive(source, wait_seconds=30)
        await source.release([Release(first[0], after_seconds=1)])
        return bodies(first) + bodies(await receive(source, wait_seconds=30))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(wait_twice()) == ["hello", "hello"]
