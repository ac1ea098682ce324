"""A partitioned log with limits: its records can be had in one worker only, which shows that it has some."""

from __future__ import annotations

import asyncio

from doubles.delivery.bench import Handlings
from doubles.delivery.virtual_runner import VirtualRunner
from doubles.delivery.worker_bench import WorkerBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.limits.held_part import HeldPart
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.policy.limits.division import Part
from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.source.memory.group import MemoryGroup
from punctuald.source.memory.log import MemoryLog
from punctuald.source.memory.log_source import MemoryLogSource


@on_virtual_time
async def test_a_worker_without_a_part_has_one_record_and_the_others_once_it_has_one(clock: ManualClock) -> None:
    log = MemoryLog("orders", clock, partitions=("0", "1"))
    group, handlings = MemoryGroup(log), Handlings()
    runner = VirtualRunner(4, clock, handlings.seconds_of, handlings.outcome_of)
    source, part = MemoryLogSource(group, lambda _: None), HeldPart(clock, "orders", QueueLimits(concurrency=2))
    limit = StartLimit(part)
    bench = WorkerBench(clock, runner, source, limits={"orders": limit})
    bench.start()
    await asyncio.sleep(0.01)
    await group.reassign({source: {"0", "1"}})
    for number in range(20):
        log.send(str(number), key=f"k{number}")
    await asyncio.sleep(5.0)
    assert (len(runner.started), len(bench.consumer.table.all()), limit.gauges.waiting) == (0, 1, 1)
    part.take(Part(2))
    await asyncio.sleep(30.0)
    assert len(runner.started) == 20
