"""The partitioned log in memory beyond the contract: lazy commits, held keys, deaths, partitions that change hands."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import pytest

from contract.bench import bodies
from doubles.source.count_nothing import count_nothing
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Message, Release
from punctuald.source.memory.gauge import MemoryGauge
from punctuald.source.memory.group import MemoryGroup
from punctuald.source.memory.log import MemoryLog
from punctuald.source.memory.log_source import MemoryLogSource


def make(clock: ManualClock, *bodies: str, commit_every_seconds: float = 0) -> tuple[MemoryGroup, MemoryLogSource]:
    """A log of one partition with these records of one key, and its only consumer."""
    group = MemoryGroup(MemoryLog("orders", clock, ("0",)))
    for body in bodies:
        group.log.send(body, key="a")
    return group, MemoryLogSource(group, count_nothing, commit_every_seconds=commit_every_seconds)


async def receive(source: MemoryLogSource, wait_seconds: float = 0) -> Sequence[Message]:
    return await source.receive(100, wait_seconds, 30)


@on_virtual_time
async def test_a_record_released_for_later_holds_back_its_key_and_no_other(clock: ManualClock) -> None:
    group, source = make(clock, "a1", "a2")
    messages = await receive(source)
    group.log.send("b1", key="b")
    group.log.send("a3", key="a")
    await source.release([Release(messages[0], after_seconds=5), Release(messages[1])])
    assert bodies(await receive(source)) == ["b1"]
    began_mono = clock.mono()
    assert bodies(await receive(source, wait_seconds=20)) == ["a1", "a2", "a3"]
    assert clock.mono() - began_mono == pytest.approx(5)


@on_virtual_time
async def test_what_is_in_hand_is_not_read_again_when_an_earlier_one_is(clock: ManualClock) -> None:
    _, source = make(clock, "1", "2", "3")
    first, second, third = await receive(source)
    await source.acknowledge([second])
    assert await source.release([Release(first)]) == []
    assert bodies(await receive(source)) == ["1"]
    assert await source.acknowledge([first, third]) == []


@on_virtual_time
async def test_checkpoints_are_committed_no_more_often_than_asked_for(clock: ManualClock) -> None:
    group, source = make(clock, "1", "2", "3", commit_every_seconds=5)
    first, second, third = await receive(source)
    await source.acknowledge([first])
    assert group.checkpoint("0") == 0
    clock.advance(5)
    await source.acknowledge([second])
    assert group.checkpoint("0") == 2
    await source.acknowledge([third])
    await source.close()
    assert group.checkpoint("0") == 3


@on_virtual_time
async def test_a_dead_consumers_records_come_to_another_from_its_last_checkpoint(clock: ManualClock) -> None:
    group, dead = make(clock, "1", "2", "3")
    await dead.acknowledge((await receive(dead))[:1])
    other = MemoryLogSource(group, count_nothing)
    await group.leave(dead)
    assert bodies(await receive(other)) == ["2", "3"]


@on_virtual_time
async def test_one_that_was_thought_dead_commits_nothing_and_joins_again(clock: ManualClock) -> None:
    group, source = make(clock, "1", "2")
    messages = await receive(source)
    await group.leave(source)
    assert [failure.code for failure in await source.acknowledge(messages)] == ["NotAssigned", "NotAssigned"]
    assert group.checkpoint("0") == 0
    assert bodies(await receive(source)) == ["1", "2"]


@on_virtual_time
async def test_one_that_was_thought_dead_sets_no_checkpoint_back(clock: ManualClock) -> None:
    group, dead = make(clock, "1", "2")
    messages = await receive(dead)
    await group.leave(dead)
    other = MemoryLogSource(group, count_nothing)
    await other.acknowledge(await receive(other))
    assert [failure.code for failure in await dead.acknowledge(messages)] == ["NotAssigned", "NotAssigned"]
    assert group.checkpoint("0") == 2


@on_virtual_time
async def test_a_revocation_fails_and_the_partition_goes_all_the_same(clock: ManualClock) -> None:
    group, source = make(clock, "1")
    other = MemoryLogSource(group, count_nothing)

    async def fail(_: Collection[str]) -> None:
        raise LookupError("a fault of our own")

    source.on_revoked(fail)
    messages = await receive(source)
    await receive(other)
    with pytest.raises(LookupError):
        await group.reassign({other: ["0"]})
    assert [failure.code for failure in await source.acknowledge(messages)] == ["NotAssigned"]
    assert bodies(await receive(other)) == ["1"]


@on_virtual_time
async def test_records_on_their_way_when_their_partition_goes_never_arrive(clock: ManualClock) -> None:
    group, source = make(clock, "1")
    other = MemoryLogSource(group, count_nothing)
    await group.join(source)
    await group.join(other)
    source.faults.latency_seconds = 2
    under_way = asyncio.create_task(receive(source))
    await asyncio.sleep(1.5)  # read at the broker, after half of the latency, and not here yet
    await group.reassign({other: ["0"]})
    assert bodies(await under_way) == []
    assert bodies(await receive(other)) == ["1"]


@on_virtual_time
async def test_an_acknowledgement_that_arrives_after_its_partition_went_is_a_failure(clock: ManualClock) -> None:
    group, source = make(clock, "1")
    messages = await receive(source)
    source.faults.latency_seconds = 2
    under_way = asyncio.create_task(source.acknowledge(messages))
    await asyncio.sleep(0.5)
    await group.reassign({source: []})
    assert [failure.code for failure in await under_way] == ["NotAssigned"]
    assert group.checkpoint("0") == 0


@on_virtual_time
async def test_consumers_share_the_partitions_evenly(clock: ManualClock) -> None:
    group = MemoryGroup(MemoryLog("orders", clock, ("0", "1", "2", "3")))
    sources = [MemoryLogSource(group, count_nothing) for _ in range(3)]
    for source in sources:
        await receive(source)
    assert sorted(len(group.owned(source)) for source in sources) == [1, 1, 2]
    await sources[0].close()
    assert sorted(len(group.owned(source)) for source in sources) == [0, 2, 2]


@on_virtual_time
async def test_partitions_take_turns(clock: ManualClock) -> None:
    group = MemoryGroup(MemoryLog("orders", clock, ("0", "1")))
    for number in range(2):
        for partition in ("0", "1"):
            group.log.send(f"{partition}-{number}", partition=partition)
    source = MemoryLogSource(group, count_nothing)
    assert [bodies(await source.receive(1, 0, 30)) for _ in range(4)] == [["0-0"], ["1-0"], ["0-1"], ["1-1"]]


@on_virtual_time
async def test_the_lag_is_what_lies_beyond_the_checkpoints(clock: ManualClock) -> None:
    group, source = make(clock, "1", "2", "3")
    gauge = MemoryGauge(group.backlog, count_nothing)
    await source.acknowledge((await receive(source))[:1])
    assert gauge.read().visible == 2


@on_virtual_time
async def test_closing_ends_a_waiting_receive(clock: ManualClock) -> None:
    _, source = make(clock)
    waiting = asyncio.create_task(receive(source, wait_seconds=600))
    await asyncio.sleep(1)
    await source.close()
    with pytest.raises(SourceUnavailable):
        await waiting
