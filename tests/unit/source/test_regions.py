"""The sources of one queue in several regions: messages say where they are of, and are all on one clock."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource
from punctuald.source.regions import Regions, RegionSource


class Ahead(MemoryQueueSource):
    """A queue whose server's clock is ahead of ours."""

    def __init__(self, queue: MemoryQueue, seconds: float) -> None:
        super().__init__(queue, lambda _: None)
        self.seconds = seconds

    @property
    def broker_ahead_seconds(self) -> float:
        return self.seconds

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> list:  # type: ignore[type-arg]
        messages = await super().receive(most, wait_seconds, visibility_seconds)
        return [
            replace(each, sent_utc=each.sent_utc + self.seconds, received_utc=each.received_utc + self.seconds)
            for each in messages
        ]


def two(clock: ManualClock, *ahead_seconds: float) -> tuple[list[MemoryQueue], list[RegionSource]]:
    queues = [MemoryQueue(f"q{number}", clock) for number in range(len(ahead_seconds))]
    regions = Regions("orders")
    return queues, [
        regions.add(Ahead(queue, seconds), f"orders@{queue.name}", queue.name)
        for queue, seconds in zip(queues, ahead_seconds, strict=True)
    ]


@on_virtual_time
async def test_a_message_says_its_queue_and_region_and_is_deleted_there(clock: ManualClock) -> None:
    queues, sources = two(clock, 0.0, 0.0)
    queues[1].send("hello")
    [message] = await sources[1].receive(10, 0, 30)
    assert (message.queue, message.region, message.source) == ("orders", "q1", "orders@q1")
    assert (sources[1].name, await sources[1].acknowledge([message])) == ("orders@q1", [])
    assert queues[1].backlog().total == 0


@on_virtual_time
async def test_times_of_all_regions_are_on_the_clock_of_the_first_that_answered(clock: ManualClock) -> None:
    queues, sources = two(clock, 60.0, -240.0)
    for queue in queues:
        queue.send("hello")
    await asyncio.sleep(2.0)
    own_utc = clock.utc()
    [second] = await sources[1].receive(10, 0, 30)
    assert (second.received_utc - own_utc, sources[1].broker_ahead_seconds) == (-240.0, -240.0)
    [first] = await sources[0].receive(10, 0, 30)
    assert (first.received_utc - own_utc, sources[1].broker_ahead_seconds) == (60.0, 60.0)
    queues[1].send("again")
    await asyncio.sleep(2.0)
    [again] = await sources[1].receive(10, 0, 30)
    assert again.received_utc - clock.utc() == 60.0
    assert {message.received_utc - message.sent_utc for message in (first, second, again)} == {2.0}
