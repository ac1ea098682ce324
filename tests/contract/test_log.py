"""What partitioned logs promise beyond every source: order, contiguous checkpoints, pauses, revocation."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from math import inf

from contract.bench import bodies, receive, receive_at_once
from contract.memory_bench import MemoryLogBench
from punctuald.model import Release
from punctuald.ports import SourceRules


async def test_records_come_in_the_order_of_their_partition(log_bench: MemoryLogBench) -> None:
    for number in range(6):
        log_bench.log.send(str(number), partition=str(number % 2))
    messages = await receive(log_bench)
    for partition in ("0", "1"):
        assert bodies([message for message in messages if message.partition == partition]) == [
            str(number) for number in range(6) if number % 2 == int(partition)
        ]


async def test_records_that_come_again_come_in_order_and_without_those_that_are_done(log_bench: MemoryLogBench) -> None:
    for number in range(5):
        log_bench.log.send(str(number), partition="0")
    messages = await receive(log_bench)
    await log_bench.source.acknowledge([messages[0], messages[3]])
    assert await log_bench.source.release([Release(messages[number]) for number in (4, 2, 1)]) == []
    assert bodies(await receive(log_bench)) == ["1", "2", "4"]


async def test_the_checkpoint_is_the_end_of_the_unbroken_row(log_bench: MemoryLogBench) -> None:
    for number in range(4):
        log_bench.log.send(str(number), partition="0")
    messages = await receive(log_bench)
    checkpoints = []
    for number in (1, 0, 3, 2):
        await log_bench.source.acknowledge([messages[number]])
        checkpoints.append(log_bench.group.checkpoint("0"))
    assert checkpoints == [0, 2, 2, 4]


async def test_a_record_that_is_given_back_holds_the_checkpoint(log_bench: MemoryLogBench) -> None:
    for number in range(3):
        log_bench.log.send(str(number), partition="0")
    first, *rest = await receive(log_bench)
    await log_bench.source.release([Release(first)])
    await log_bench.source.acknowledge(rest)
    assert log_bench.group.checkpoint("0") == 0
    await log_bench.source.dead_letter((await receive(log_bench))[0], "never")
    assert log_bench.group.checkpoint("0") == 3


async def test_nothing_comes_of_a_paused_partition_until_it_is_resumed(log_bench: MemoryLogBench) -> None:
    await receive_at_once(log_bench)
    log_bench.source.pause(["0"])
    log_bench.log.send("paused", partition="0")
    log_bench.log.send("other", partition="1")
    assert bodies(await receive(log_bench)) == ["other"]
    waiting = asyncio.create_task(receive(log_bench))
    await asyncio.sleep(1)
    log_bench.source.resume(["0"])
    assert bodies(await waiting) == ["paused"]


async def test_what_ends_before_a_partition_goes_is_committed(log_bench: MemoryLogBench) -> None:
    for number in range(3):
        log_bench.log.send(str(number), partition="0")
    first, second, third = await receive(log_bench)
    other = log_bench.another_source()
    await log_bench.group.join(other)
    await log_bench.group.reassign({other: [], log_bench.log_source: ["0", "1"]})
    told: list[set[str]] = []

    async def finish_two(partitions: Collection[str]) -> None:
        told.append(set(partitions))
        await asyncio.sleep(5)
        assert await log_bench.source.acknowledge([first, second]) == []

    log_bench.source.on_revoked(finish_two)
    await log_bench.group.reassign({other: ["0"], log_bench.log_source: ["1"]})
    assert told == [{"0"}]
    assert log_bench.group.checkpoint("0") == 2
    assert bodies(await other.receive(10, 0, 30)) == [third.body]


async def test_nothing_is_committed_after_a_partition_went(log_bench: MemoryLogBench) -> None:
    for number in range(2):
        log_bench.log.send(str(number), partition="0")
    messages = await receive(log_bench)
    await log_bench.group.reassign({log_bench.log_source: ["1"]})
    for failures in (
        await log_bench.source.acknowledge(messages),
        await log_bench.source.release([Release(message) for message in messages]),
    ):
        assert [(failure.code, failure.retryable) for failure in failures] == [("NotAssigned", False)] * 2
    (failure,) = await log_bench.source.dead_letter(messages[0], "too late")
    assert (failure.code, failure.retryable) == ("NotAssigned", False)
    assert (log_bench.group.checkpoint("0"), log_bench.log.dead_letters) == (0, [])


async def test_nothing_more_comes_of_a_partition_that_is_about_to_go(log_bench: MemoryLogBench) -> None:
    await receive_at_once(log_bench)
    came: list[list[str]] = []

    async def receive_on(_: Collection[str]) -> None:
        log_bench.log.send("of the one that goes", partition="0")
        log_bench.log.send("of the one that stays", partition="1")
        came.append(bodies(await receive_at_once(log_bench)))

    log_bench.source.on_revoked(receive_on)
    await log_bench.group.reassign({log_bench.log_source: ["1"]})
    assert came == [["of the one that stays"]]


async def test_records_have_no_lease(log_bench: MemoryLogBench) -> None:
    log_bench.send("hello")
    messages = await receive(log_bench, visibility_seconds=1)
    assert bodies(await log_bench.receive_after(3_600)) == []
    assert await log_bench.source.extend(messages, 30) == []
    assert log_bench.source.limits.longest_lease_seconds == inf
    assert await log_bench.source.rules() == SourceRules(max_receives=None)


async def test_without_a_dead_letter_list_a_rejected_record_stays(log_bench: MemoryLogBench) -> None:
    log_bench.log.dead_letters = None
    log_bench.log.send("hello", partition="0")
    (message,) = await receive(log_bench)
    (failure,) = await log_bench.source.dead_letter(message, "never")
    assert (failure.code, failure.retryable) == ("NoDeadLetterQueue", False)
    assert log_bench.group.checkpoint("0") == 0
