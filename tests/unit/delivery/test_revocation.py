"""A partitioned log behind the consumer: groups are its keys, and partitions that are taken away go in order."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress

from doubles.delivery.bench import FAILED, Handlings
from doubles.delivery.virtual_runner import VirtualRunner
from doubles.delivery.worker_bench import WorkerBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import Outcome, OutcomeKind
from punctuald.ports import OnRevoked
from punctuald.source.memory.group import MemoryGroup
from punctuald.source.memory.log import MemoryLog
from punctuald.source.memory.log_source import MemoryLogSource


class ImpatientLogSource(MemoryLogSource):
    """Gives up what still runs a second after its partition began to go, as every real one does at some time."""

    def on_revoked(self, call: OnRevoked) -> None:
        async def within_a_second(partitions: Collection[str]) -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(call(partitions), 1.0)

        super().on_revoked(within_a_second)


class LogWorker:
    """One worker on its share of a log with the partitions 0 and 1."""

    def __init__(
        self, clock: ManualClock, group: MemoryGroup, slots: int = 4, kind: type[MemoryLogSource] = MemoryLogSource
    ) -> None:
        self.handlings = Handlings()
        self.source = kind(group, lambda _: None)
        self.runner = VirtualRunner(slots, clock, self.handlings.seconds_of, self.handlings.outcome_of)
        self.worker = WorkerBench(clock, self.runner, self.source)

    @property
    def started(self) -> list[str]:
        return [message.body for _, message in self.runner.started]

    @property
    def in_hand(self) -> list[str]:
        return [item.message.body for item in self.worker.consumer.table.all()]


class Shared:
    """The log and its group; the deal is done by hand."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.log = MemoryLog("orders", clock, partitions=("0", "1"))
        self.group = MemoryGroup(self.log)

    async def all_to(self, worker: LogWorker) -> None:
        worker.worker.start()
        await asyncio.sleep(0.01)
        await self.group.reassign({worker.source: {"0", "1"}})

    def send(self, *bodies: str, key: str = "k", partition: str = "0") -> None:
        for body in bodies:
            self.log.send(body, key=key, partition=partition)


@on_virtual_time
async def test_records_of_one_key_run_in_order_and_their_positions_are_committed(clock: ManualClock) -> None:
    shared = Shared(clock)
    worker = LogWorker(clock, shared.group)
    await shared.all_to(worker)
    shared.send("a1", "a2", "a3", key="a")
    shared.send("b1", key="b", partition="1")
    await asyncio.sleep(2.0)
    assert [body for body in worker.started if body.startswith("a")] == ["a1", "a2", "a3"]
    assert "b1" in worker.started
    assert (shared.group.checkpoint("0"), shared.group.checkpoint("1")) == (3, 1)


@on_virtual_time
async def test_nothing_is_extended_however_long_a_record_takes(clock: ManualClock) -> None:
    shared = Shared(clock)
    worker = LogWorker(clock, shared.group)
    worker.handlings.seconds["slow"] = 50_000.0
    await shared.all_to(worker)
    shared.send("slow")
    await asyncio.sleep(60_000.0)
    assert shared.group.checkpoint("0") == 1


@on_virtual_time
async def test_what_runs_is_waited_for_and_committed_and_what_has_not_started_goes(clock: ManualClock) -> None:
    shared = Shared(clock)
    worker = LogWorker(clock, shared.group)
    worker.handlings.seconds["runs"] = 5.0
    await shared.all_to(worker)
    shared.send("runs", "behind")
    shared.send("other", key="o", partition="1")
    await asyncio.sleep(1.0)
    begun_mono = clock.mono()
    await shared.group.reassign({worker.source: {"1"}})
    assert 3.0 < clock.mono() - begun_mono < 4.5
    assert shared.group.checkpoint("0") == 1
    assert worker.in_hand == []
    await asyncio.sleep(30.0)
    assert sorted(worker.started) == ["other", "runs"]
    assert worker.worker.pool.budget.pending == 0


@on_virtual_time
async def test_another_takes_over_where_the_first_left_and_no_key_runs_out_of_order(clock: ManualClock) -> None:
    shared = Shared(clock)
    first, second = LogWorker(clock, shared.group), LogWorker(clock, shared.group)
    await shared.all_to(first)
    shared.send(*[f"r{number}" for number in range(20)])
    await asyncio.sleep(0.5)
    second.worker.start()  # joins, and is dealt one of the two partitions
    await asyncio.sleep(0.01)
    await shared.group.reassign({first.source: {"1"}, second.source: {"0"}})
    await asyncio.sleep(30.0)
    assert first.started + second.started == [f"r{number}" for number in range(20)]
    assert second.started != []
    assert shared.group.checkpoint("0") == 20


@on_virtual_time
async def test_a_partition_that_goes_does_not_wait_for_the_next_try_of_a_head_that_failed(clock: ManualClock) -> None:
    shared = Shared(clock)
    worker = LogWorker(clock, shared.group)
    worker.handlings.seconds["bad"] = 2.0
    worker.handlings.outcomes["bad"] = Outcome(OutcomeKind.RETRY, "much later", 3_600.0)
    await shared.all_to(worker)
    shared.send("bad", "behind")
    await asyncio.sleep(1.0)
    begun_mono = clock.mono()
    await shared.group.reassign({worker.source: {"1"}})
    assert clock.mono() - begun_mono < 5.0
    assert shared.group.checkpoint("0") == 0
    assert (worker.started, worker.in_hand) == (["bad"], [])


@on_virtual_time
async def test_a_head_that_is_held_goes_with_its_partition_and_is_not_tried_again_here(clock: ManualClock) -> None:
    shared = Shared(clock)
    worker = LogWorker(clock, shared.group)
    worker.handlings.outcomes["bad"] = FAILED
    await shared.all_to(worker)
    shared.send("bad", "behind")
    await asyncio.sleep(0.5)
    await shared.group.reassign({worker.source: {"1"}})
    assert worker.in_hand == []
    await asyncio.sleep(600.0)
    assert worker.started == ["bad"]


@on_virtual_time
async def test_what_is_given_up_while_it_runs_is_not_tried_again_here_when_it_fails(clock: ManualClock) -> None:
    shared = Shared(clock)
    worker = LogWorker(clock, shared.group, kind=ImpatientLogSource)
    worker.handlings.seconds["bad"] = 5.0
    worker.handlings.outcomes["bad"] = FAILED
    await shared.all_to(worker)
    shared.send("bad", "behind")
    await asyncio.sleep(1.0)
    await shared.group.reassign({worker.source: {"1"}})
    await asyncio.sleep(600.0)
    assert (worker.started, worker.in_hand) == (["bad"], [])


@on_virtual_time
async def test_a_partition_that_comes_back_is_read_from_its_checkpoint(clock: ManualClock) -> None:
    shared = Shared(clock)
    worker = LogWorker(clock, shared.group)
    worker.handlings.seconds["r1"] = 5.0
    await shared.all_to(worker)
    shared.send("r0", "r1", "r2")
    await asyncio.sleep(1.0)
    await shared.group.reassign({worker.source: {"1"}})
    await shared.group.reassign({worker.source: {"0", "1"}})
    await asyncio.sleep(10.0)
    assert worker.started == ["r0", "r1", "r2"]
    assert shared.group.checkpoint("0") == 3


@on_virtual_time
async def test_a_stop_gives_back_what_did_not_run_and_leaves_the_rest_to_the_next(clock: ManualClock) -> None:
    shared = Shared(clock)
    first, second = LogWorker(clock, shared.group), LogWorker(clock, shared.group)
    await shared.all_to(first)
    first.handlings.usual_seconds = 2.0
    shared.send("r0", "r1", "r2", "r3")
    await asyncio.sleep(1.0)
    await first.worker.stop(drain_seconds=2.0)
    await first.source.close()
    second.worker.start()
    await asyncio.sleep(10.0)
    assert first.started == ["r0", "r1"]
    assert second.started == ["r1", "r2", "r3"]


@on_virtual_time
async def test_a_key_that_is_slow_keeps_no_slot_from_other_keys(clock: ManualClock) -> None:
    shared = Shared(clock)
    worker = LogWorker(clock, shared.group)
    slow = [f"slow{number}" for number in range(100)]
    worker.handlings.seconds.update(dict.fromkeys(slow, 60.0))
    await shared.all_to(worker)
    shared.send(*slow, key="slow")
    shared.send("a1", "a2", key="a")
    shared.send("b1", key="b")
    await asyncio.sleep(5)
    assert sorted(worker.started) == ["a1", "a2", "b1", "slow0"]
