"""Partitions that go: what is done of them, and what becomes of the rest."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection

from punctuald.clock import SystemClock
from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.event_rates import EventRates
from punctuald.source.kafka.group.group_changes import GroupChanges
from punctuald.source.kafka.partitions.record import RecordReader
from punctuald.source.kafka.partitions.topic_buffer import TopicBuffer
from punctuald.source.kafka.topic import KafkaTopic

PATIENCE_SECONDS = 10.0


def changes(revoke_seconds: float) -> tuple[GroupChanges, TopicBuffer]:
    clock = SystemClock()
    topic = KafkaTopic("events", "events", "127.0.0.1:1", "events", revoke_timeout_seconds=revoke_seconds)
    limited = LimitedLog(logger(), EventRates(), time.monotonic)
    buffer = TopicBuffer(RecordReader("events", clock, limited), clock)
    made = GroupChanges(topic, buffer, clock, limited)
    buffer.gain({0: 1, 1: 2})
    return made, buffer


async def in_a_thread(call: Callable[[], object]) -> object:
    """As the library's thread does, which waits meanwhile."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    give_up_mono = time.monotonic() + PATIENCE_SECONDS
    while thread.is_alive():
        assert time.monotonic() < give_up_mono
        await asyncio.sleep(0.005)
    await asyncio.sleep(0)
    return found[0]


async def dropped_and_left(
    revoke_seconds: float, call: Callable[[GroupChanges], object]
) -> tuple[object, list[str], list[str]]:
    """What the call returned, which partitions' messages were dropped though their handlers do not end, and which
    partitions are left."""
    made, buffer = changes(revoke_seconds)
    dropped: list[str] = []

    async def drop(names: Collection[str]) -> None:
        dropped.extend(names)
        await asyncio.Event().wait()

    made.on_revoked = drop
    returned = await in_a_thread(lambda: call(made))
    await asyncio.sleep(0.01)
    return returned, dropped, [*buffer.readings]


def test_the_records_of_a_partition_that_is_lost_are_dropped_though_nothing_is_waited_for() -> None:
    assert asyncio.run(dropped_and_left(5.0, lambda made: made.lost([1]))) == (None, ["1"], ["0"])


def test_with_no_time_to_finish_in_what_has_not_started_is_dropped_all_the_same() -> None:
    assert asyncio.run(dropped_and_left(0.0, lambda made: made.revoked([0]))) == ({}, ["0"], ["1"])
