"""What partitioned logs promise beyond every source: order, contiguous checkpoints, pauses, revocation."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from math import inf

from contract.bench import LogBench, bodies, receive, receive_all, receive_at_once
from contract.memory_bench import MemoryLogBench
from punctuald.model import Release
from punctuald.ports import SourceRules


async def test_records_come_in_the_order_of_their_partition(log_bench: LogBench) -> None:
    for number in range(6):
        log_bench.send_to(str(number % 2), str(number))
    messages = await receive_all(log_bench, 6)
    for partition in ("0", "1"):
        of_it = [message for message in messages if message.partition == log_bench.partition(partition)]
        assert bodies(of_it) == [str(number) for number in range(6) if number % 2 == int(partition)]


async def test_records_that_come_again_come_in_order_and_without_those_that_are_done(log_bench: LogBench) -> None:
    log_bench.send_to("0", *"01234", key="a")
    messages = await receive_all(log_bench, 5)
    await log_bench.source.acknowledge([messages[0], messages[3]])
    assert await log_bench.source.release([Release(messages[number]) for number in (4, 2, 1)]) == []
    assert bodies(await receive(log_bench)) == ["1", "2", "4"]


async def test_the_checkpoint_is_the_end_of_the_unbroken_row(log_bench: LogBench) -> None:
    log_bench.send_to("0", *"0123")
    messages = await receive_all(log_bench, 4)
    for number, expected in ((1, 0), (0, 2), (3, 2), (2, 4)):
        await log_bench.source.acknowledge([messages[number]])
        assert await log_bench.checkpoint("0", expected) == expected


async def test_a_record_that_is_given_back_holds_the_checkpoint(log_bench: LogBench) -> None:
    log_bench.send_to("0", *"012")
    first, *rest = await receive_all(log_bench, 3)
    await log_bench.source.release([Release(first)])
    await log_bench.source.acknowledge(rest)
    assert await log_bench.checkpoint("0", 0) == 0
    await log_bench.source.dead_letter((await receive(log_bench))[0], "never")
    assert await log_bench.checkpoint("0", 3) == 3


async def test_behind_a_record_that_waits_its_key_waits_and_no_other(log_bench: LogBench) -> None:
    log_bench.send_to("0", "a1", "a2", key="a")
    log_bench.send_to("0", "b1", key="b")
    (first,) = await log_bench.source.receive(1, 5, 30)
    await log_bench.source.release([Release(first, after_seconds=1)])
    assert bodies(await receive_all(log_bench, 1)) == ["b1"]
    log_bench.send_to("0", "a3", key="a")
    assert bodies(await receive_all(log_bench, 3)) == ["a1", "a2", "a3"]


async def test_nothing_comes_of_a_paused_partition_until_it_is_resumed(log_bench: LogBench) -> None:
    await receive_at_once(log_bench)
    log_bench.source.pause([log_bench.partition("0")])
    log_bench.send_to("0", "paused")
    log_bench.send_to("1", "other")
    assert bodies(await receive(log_bench)) == ["other"]
    waiting = asyncio.create_task(receive(log_bench))
    await asyncio.sleep(1)
    log_bench.source.resume([log_bench.partition("0")])
    assert bodies(await waiting) == ["paused"]


async def test_what_ends_before_a_partition_goes_is_committed(memory_log: MemoryLogBench) -> None:
    for number in range(3):
        memory_log.log.send(str(number), partition="0")
    first, second, third = await receive(memory_log)
    other = memory_log.another_source()
    await memory_log.group.join(other)
    await memory_log.group.reassign({other: [], memory_log.log_source: ["0", "1"]})
    told: list[set[str]] = []

    async def finish_two(partitions: Collection[str]) -> None:
        told.append(set(partitions))
        await asyncio.sleep(5)
        assert await memory_log.source.acknowledge([first, second]) == []

    memory_log.source.on_revoked(finish_two)
    await memory_log.group.reassign({other: ["0"], memory_log.log_source: ["1"]})
    assert told == [{"0"}]
    assert memory_log.group.checkpoint("0") == 2
    assert bodies(await other.receive(10, 0, 30)) == [third.body]


async def test_nothing_is_committed_after_a_partition_went(memory_log: MemoryLogBench) -> None:
    for number in range(2):
        memory_log.log.send(str(number), partition="0")
    messages = await receive(memory_log)
    await memory_log.group.reassign({memory_log.log_source: ["1"]})
    for failures in (
        await memory_log.source.acknowledge(messages),
        await memory_log.source.release([Release(message) for message in messages]),
    ):
        assert [(failure.code, failure.retryable) for failure in failures] == [("NotAssigned", False)] * 2
    (failure,) = await memory_log.source.dead_letter(messages[0], "too late")
    assert (failure.code, failure.retryable) == ("NotAssigned", False)
    assert (memory_log.group.checkpoint("0"), memory_log.log.dead_letters) == (0, [])


async def test_nothing_more_comes_of_a_partition_that_is_about_to_go(memory_log: MemoryLogBench) -> None:
    await receive_at_once(memory_log)
    came: list[list[str]] = []

    async def receive_on(_: Collection[str]) -> None:
        memory_log.log.send("of the one that goes", partition="0")
        memory_log.log.send("of the one that stays", partition="1")
        came.append(bodies(await receive_at_once(memory_log)))

    memory_log.source.on_revoked(receive_on)
    await memory_log.group.reassign({memory_log.log_source: ["1"]})
    assert came == [["of the one that stays"]]


async def test_records_have_no_lease(memory_log: MemoryLogBench) -> None:
    memory_log.send("hello")
    messages = await receive(memory_log, visibility_seconds=1)
    assert bodies(await memory_log.receive_after(3_600)) == []
    assert await memory_log.source.extend(messages, 30) == []
    assert memory_log.source.limits.longest_lease_seconds == inf
    assert await memory_log.source.rules() == SourceRules(max_receives=None)


async def test_without_a_dead_letter_topic_a_rejected_record_stays(log_bench: LogBench) -> None:
    source = await log_bench.without_dead_letters()
    log_bench.send_to("0", "hello")
    (message,) = await source.receive(1, 5, 30)
    (failure,) = await source.dead_letter(message, "never")
    assert (failure.code, failure.retryable) == ("NoDeadLetterQueue", False)
    assert await log_bench.checkpoint("0", 0) == 0
