"""Handler slots are shared by weight among queues that are all late, and by nothing else while they are not."""

from __future__ import annotations

import asyncio

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock


async def late(clock: ManualClock, **weights: int) -> DeliveryBench:
    """One slot, and sixty messages on each of two queues, all past their deadlines; the second queue's are later."""
    bench = DeliveryBench(clock, slots=1, queues=2, weights=weights, lookahead_seconds=600.0)
    bench.handlings.usual_seconds = 0.5
    bench.send(*[f"b{number}" for number in range(60)], queue=1)
    await asyncio.sleep(5.0)
    bench.send(*[f"a{number}" for number in range(60)])
    await asyncio.sleep(30.0)
    bench.start()
    await asyncio.sleep(20.0)
    return bench


def counted(bench: DeliveryBench) -> tuple[int, int]:
    return sum(body[0] == "a" for body in bench.started), sum(body[0] == "b" for body in bench.started)


@on_virtual_time
async def test_with_equal_weights_the_queue_that_is_latest_has_every_slot(clock: ManualClock) -> None:
    assert counted(await late(clock))[0] <= 2


@on_virtual_time
async def test_with_weights_each_has_its_part_of_the_time(clock: ManualClock) -> None:
    of_first, of_second = counted(await late(clock, q0=3, q1=1))
    assert of_first + of_second >= 38
    assert 2.4 <= of_first / of_second <= 3.6


@on_virtual_time
async def test_weights_say_nothing_while_one_queue_is_on_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, queues=2, weights={"q0": 100, "q1": 1}, lookahead_seconds=600.0)
    bench.handlings.usual_seconds = 0.5
    bench.send(*[f"b{number}" for number in range(20)], queue=1)
    await asyncio.sleep(30.0)
    bench.send(*[f"a{number}" for number in range(5)], tier="batch_mode")
    bench.start()
    await asyncio.sleep(8.0)
    assert {body[0] for body in bench.started[2:]} == {"b"}
