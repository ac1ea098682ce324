"""What a limit of its queue means for a worker's messages: they wait, unseen by other queues, and are not tried."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.limits.held_part import HeldPart
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.errors import SourceUnavailable
from punctuald.model import Metric
from punctuald.policy.limits.division import ALL_PLACES, Part
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits


def limited(clock: ManualClock, limits: QueueLimits = NO_LIMITS, **options: Any) -> tuple[DeliveryBench, HeldPart]:
    """Its first queue has the part."""
    part = HeldPart(clock, "q0", limits)
    return DeliveryBench(clock, limits={"q0": StartLimit(part)}, **options), part


def pausable(clock: ManualClock, **options: Any) -> tuple[DeliveryBench, StartLimit]:
    """So has this one, and no limits."""
    limit = StartLimit(HeldPart(clock, "q0", NO_LIMITS))
    return DeliveryBench(clock, limits={"q0": limit}, **options), limit


@on_virtual_time
async def test_a_worker_starts_nothing_until_it_hears_what_its_part_is(clock: ManualClock) -> None:
    bench, part = limited(clock, QueueLimits(concurrency=8))
    await bench.run_for(5.0, *"abcde")
    assert bench.started == []
    assert len(bench.in_hand) == 1  # the one that shows that the queue can be had
    part.take(Part(8))
    await asyncio.sleep(5.0)
    assert sorted(bench.started) == list("abcde")


@on_virtual_time
async def test_a_worker_that_has_no_part_any_more_finds_out_that_its_queue_is_back(clock: ManualClock) -> None:
    bench, part = limited(clock)
    part.take(Part(1))
    await bench.run_for(1.0)
    bench.faults.begin_outage(SourceUnavailable("no route", code="ConnectTimeout"))
    await asyncio.sleep(60.0)
    part.take(Part(0))
    bench.faults.end_outage()
    await asyncio.sleep(60.0)
    assert (len(bench.worker.unavailable), bench.worker.answered) == (1, 2)
    bench.send("a", "b")
    await asyncio.sleep(60.0)
    assert bench.in_hand == []  # they wait where others can have them


@on_virtual_time
async def test_no_more_run_at_once_than_its_part(clock: ManualClock) -> None:
    bench, part = limited(clock, slots=8)
    bench.handlings.usual_seconds = 1.0
    part.take(Part(3))
    await bench.run_for(0.9, *[str(number) for number in range(9)])
    assert len(bench.started) == 3
    await asyncio.sleep(1.0)
    assert len(bench.started) == 6
    await asyncio.sleep(5.0)
    assert bench.left() == []


@on_virtual_time
async def test_each_message_of_one_call_counts_as_running(clock: ManualClock) -> None:
    bench, part = limited(clock, slots=4, batch_size=10)
    bench.handlings.usual_seconds = 1.0
    part.take(Part(4))
    await bench.run_for(0.5, *[str(number) for number in range(9)])
    assert part.running == len(bench.started) == 4


@on_virtual_time
async def test_no_more_start_in_a_second_than_the_rate(clock: ManualClock) -> None:
    bench, part = limited(clock, slots=4)
    part.take(Part(None, 5.0, ALL_PLACES))
    await bench.run_for(4.05, *[str(number) for number in range(40)])
    assert 20 <= len(bench.started) <= 21
    monos = [mono for mono, _ in bench.runner.started]
    assert min(later - earlier for earlier, later in pairwise(monos[1:])) > 0.199


@on_virtual_time
async def test_one_call_with_many_messages_is_one_start(clock: ManualClock) -> None:
    bench, part = limited(clock, slots=4, batch_size=10)
    part.take(Part(None, 1.0, ALL_PLACES))
    await bench.run_for(3.5, *[str(number) for number in range(60)])
    assert 30 <= len(bench.started) <= 40


@on_virtual_time
async def test_the_surplus_of_a_rate_waits_where_others_can_have_it(clock: ManualClock) -> None:
    bench, part = limited(clock, slots=4)
    part.take(Part(None, 2.0, ALL_PLACES))
    await bench.run_for(10.0, *[str(number) for number in range(200)])
    assert len(bench.in_hand) <= 4


@on_virtual_time
async def test_messages_with_long_handlers_are_received_as_soon_as_the_rate_lets_them_start(clock: ManualClock) -> None:
    bench, part = limited(clock, slots=40)
    bench.handlings.usual_seconds = 1000.0
    part.take(Part(None, 2.0, ALL_PLACES))
    await bench.run_for(10.05, *[str(number) for number in range(60)])
    assert 20 <= len(bench.started) <= 21


@on_virtual_time
async def test_a_paused_queue_starts_nothing_and_receives_nothing_and_loses_nothing(clock: ManualClock) -> None:
    bench, limit = pausable(clock, slots=1, lookahead_seconds=600.0)
    await bench.run_for(1.0, "warm up")
    bench.handlings.seconds["slow"] = 2.0
    bench.send("slow", "behind")
    await asyncio.sleep(0.5)
    limit.pause()
    await asyncio.sleep(30.0)  # a long poll that was under way would bring it
    bench.send("later")
    await asyncio.sleep(3_600.0)
    assert bench.started == ["warm up", "slow"]
    assert bench.in_hand == ["behind"]
    limit.resume()
    await asyncio.sleep(60.0)
    assert bench.started == ["warm up", "slow", "behind", "later"]
    assert bench.counted(Metric.REDELIVERED) == 0


@on_virtual_time
async def test_what_is_paused_takes_no_room_from_another_queue(clock: ManualClock) -> None:
    bench, limit = pausable(clock, slots=1, queues=2, prefetch_limit=4, lookahead_seconds=600.0)
    await bench.run_for(1.0, "warm up")
    bench.handlings.seconds["slow"] = 2.0
    bench.send("slow", "a", "b", "c")
    await asyncio.sleep(0.5)
    limit.pause()
    for number in range(20):
        bench.send(str(number), queue=1)
    await asyncio.sleep(30.0)
    assert len(bench.started) == 22
    assert {"a", "b", "c"} <= set(bench.in_hand)


@on_virtual_time
async def test_what_waits_for_a_rate_takes_no_room_from_another_queue(clock: ManualClock) -> None:
    bench, part = limited(clock, slots=1, queues=2)
    part.take(Part(None, 0.01, ALL_PLACES))
    bench.send(*"abcd")
    bench.send(*[f"other {number}" for number in range(40)], queue=1)
    bench.start()
    await asyncio.sleep(20.0)
    assert sum(body.startswith("other") for body in bench.started) == 40


@on_virtual_time
async def test_a_suspect_of_a_paused_queue_waits_as_well_and_keeps_nobody_waiting(clock: ManualClock) -> None:
    bench, limit = pausable(clock, queues=2)
    limit.pause()
    [suspect] = bench.send("suspect")
    bench.deaths[suspect] = 1
    bench.start()
    await asyncio.sleep(5.0)
    bench.send("other", queue=1)
    await asyncio.sleep(5.0)
    assert bench.started == ["other"]
    limit.resume()
    await asyncio.sleep(5.0)
    assert bench.started == ["other", "suspect"]


@on_virtual_time
async def test_a_suspect_whose_worker_has_no_part_any_more_shows_that_it_waits_for_one(clock: ManualClock) -> None:
    part = HeldPart(clock, "q0", QueueLimits(concurrency=2))
    limit = StartLimit(part)
    bench = DeliveryBench(clock, limits={"q0": limit}, slots=2)
    part.take(Part(2))
    bench.handlings.seconds["other"] = 5.0
    await bench.run_for(1.0, "other")
    [suspect] = bench.send("suspect")
    bench.deaths[suspect] = 1
    await asyncio.sleep(2.0)
    part.take(Part(0))
    await asyncio.sleep(60.0)
    assert (bench.started, bench.in_hand) == (["other"], ["suspect"])
    assert limit.gauges.waiting == 1
    part.take(Part(1))
    await asyncio.sleep(5.0)
    assert bench.started == ["other", "suspect"]
    assert limit.gauges.waiting == 0


@on_virtual_time
async def test_a_suspect_uses_a_tick_of_the_rate(clock: ManualClock) -> None:
    bench, part = limited(clock)
    part.take(Part(None, 0.5, ALL_PLACES))
    [suspect] = bench.send("suspect")
    bench.deaths[suspect] = 1
    bench.send(*"abc")
    bench.start()
    await asyncio.sleep(4.0)
    assert "suspect" in bench.started
    assert len(bench.started) <= 3


@on_virtual_time
async def test_at_a_stop_what_is_paused_goes_back_at_once_groups_whole(clock: ManualClock) -> None:
    bench, limit = pausable(clock, fifo=True, slots=1)
    bench.handlings.seconds["a1"] = 1.0
    bench.send("a1", "a2", "a3", group="a")
    bench.send("b1", "b2", group="b")
    bench.start()
    await asyncio.sleep(0.5)
    limit.pause()
    begun_mono = clock.mono()
    await bench.worker.stop(drain_seconds=30.0)
    assert clock.mono() - begun_mono < 25.0
    assert bench.started == ["a1"]
    assert bench.left() == ["a2", "a3", "b1", "b2"]


@on_virtual_time
async def test_a_group_keeps_its_order_under_a_limit(clock: ManualClock) -> None:
    bench, part = limited(clock, fifo=True)
    part.take(Part(2, 4.0, ALL_PLACES))
    bench.send("a1", "a2", "a3", group="a")
    bench.send("b1", "b2", "b3", group="b")
    bench.start()
    await asyncio.sleep(10.0)
    assert [body for body in bench.started if body[0] == "a"] == ["a1", "a2", "a3"]
    assert [body for body in bench.started if body[0] == "b"] == ["b1", "b2", "b3"]


@on_virtual_time
async def test_a_limit_that_is_lifted_lets_all_start(clock: ManualClock) -> None:
    bench, part = limited(clock, QueueLimits(concurrency=1, rate_per_second=0.01), slots=8)
    await bench.run_for(5.0, *"abcdefgh")
    part.take(Part())
    await asyncio.sleep(2.0)
    assert sorted(bench.started) == list("abcdefgh")
    assert bench.worker.pool.budget.pending == 0


@on_virtual_time
async def test_at_a_stop_what_the_rate_can_not_start_in_time_goes_back_at_once(clock: ManualClock) -> None:
    bench, part = limited(clock)
    part.take(Part(None, 0.01, ALL_PLACES))
    await bench.run_for(5.0, *"abcd")
    assert (len(bench.started), len(bench.in_hand)) == (0, 2)
    begun_mono = clock.mono()
    await bench.worker.stop(drain_seconds=30.0)
    assert clock.mono() - begun_mono < 25.0
    assert len(bench.left()) == 4
