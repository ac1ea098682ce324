"""What queues promise beyond every source: leases, redelivery, groups that wait, a redrive policy."""

from __future__ import annotations

from contract.bench import Bench, QueueBench, bodies, receive, receive_at_once
from punctuald.model import Message, Metric, Release
from punctuald.ports import SourceRules


async def test_a_message_comes_back_when_its_lease_runs_out(queue_bench: Bench) -> None:
    queue_bench.send("hello")
    (first,) = await receive(queue_bench, visibility_seconds=1)
    (second,) = await queue_bench.receive_after(1)
    assert (second.id, second.receive_count) == (first.id, 2)
    assert second.receipt_handle != first.receipt_handle


async def test_a_released_message_counts_its_receives(queue_bench: Bench) -> None:
    queue_bench.send("hello")
    (message,) = await receive(queue_bench)
    assert list(await queue_bench.source.release([Release(message)])) == []
    assert [again.receive_count for again in await receive(queue_bench)] == [2]


async def test_an_extended_lease_outlives_its_first_term(queue_bench: Bench) -> None:
    queue_bench.send("extended")
    (message,) = await receive(queue_bench, visibility_seconds=1)
    assert list(await queue_bench.source.extend([message], 30)) == []
    queue_bench.send("not extended")
    assert bodies(await receive(queue_bench, visibility_seconds=1)) == ["not extended"]
    # the second lease was taken after the first: when it has run out, so would have the first
    assert bodies(await queue_bench.receive_after(1)) == ["not extended"]


async def test_extending_nothing_fails_alone_and_for_good(queue_bench: Bench) -> None:
    queue_bench.send("good")
    (good,) = await receive(queue_bench)
    bad = Message("no-id", queue_bench.source.name, "", "not-a-handle", sent_utc=0, received_utc=0)
    (failure,) = await queue_bench.source.extend([bad, good], 30)
    assert (failure.receipt_handle, failure.code) == ("not-a-handle", "ReceiptHandleIsInvalid")
    assert not failure.retryable


async def test_a_fifo_group_waits_while_one_of_it_is_out(fifo_bench: Bench) -> None:
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        fifo_bench.send(body, group=group)
    (first,) = await fifo_bench.source.receive(1, 5, 30)
    assert (first.body, first.group) == ("a1", "a")
    assert bodies(await receive_at_once(fifo_bench)) == ["b1"]
    assert list(await fifo_bench.source.acknowledge([first])) == []
    assert bodies(await receive(fifo_bench)) == ["a2"]


async def test_the_redrive_policy_is_the_queues_own(queue_bench: Bench) -> None:
    assert await queue_bench.source.rules() == SourceRules(max_receives=5)


async def test_a_lease_has_a_longest_time(queue_bench: Bench) -> None:
    assert queue_bench.source.limits.longest_lease_seconds == 43_200


async def test_there_is_no_partition_to_pause(queue_bench: Bench) -> None:
    queue_bench.send("hello")
    queue_bench.source.pause(["0"])
    (message,) = await receive(queue_bench)
    assert (message.body, message.partition) == ("hello", "")


async def test_the_gauge_tells_waiting_from_in_flight(queue_bench: QueueBench) -> None:
    for number in range(3):
        queue_bench.send(str(number))
    await queue_bench.source.receive(1, 5, 30)
    backlog = queue_bench.gauge.read()
    assert backlog is not None
    assert (backlog.visible, backlog.in_flight, backlog.delayed) == (2, 1, 0)


async def test_renewals_and_releases_are_requests(queue_bench: Bench) -> None:
    queue_bench.send("hello")
    (message,) = await receive(queue_bench)
    await queue_bench.source.extend([message], 30)
    await queue_bench.source.release([Release(message)])
    assert [queue_bench.requests[kind] for kind in (Metric.REQUEST_EXTEND, Metric.REQUEST_RELEASE)] == [1, 1]
