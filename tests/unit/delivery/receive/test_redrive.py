"""After how many receives the source takes a message away: asked at the start, every five minutes, when refuted."""

from __future__ import annotations

import asyncio

import pytest

from doubles.delivery.bench import REJECTED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.receive.redrive import ASK_AGAIN_SECONDS, FIRST_ANSWER_SECONDS, REFUTED_SECONDS
from punctuald.errors import SourceUnavailable
from punctuald.model import Metric

AWAY = SourceUnavailable("no route", code="ConnectTimeout")


@on_virtual_time
async def test_it_is_known_from_the_start_and_read_again_every_five_minutes(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=3)
    await bench.run_for(1.0)
    assert bench.consumer.redrive.max_receives == 3
    bench.queue.max_receive_count = 5
    await asyncio.sleep(ASK_AGAIN_SECONDS)
    assert bench.consumer.redrive.max_receives == 5
    assert bench.source.policies_asked == 2


@on_virtual_time
async def test_while_it_is_unknown_there_is_no_limit_and_it_is_asked_again(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=1)
    bench.faults.fail_next(Metric.REQUEST_ATTRIBUTES, AWAY)
    bench.handlings.seconds["a"] = 60.0
    await bench.run_for(1.0, "a")
    assert not bench.consumer.redrive.is_last_receive(bench.item("a"))
    await asyncio.sleep(20)
    assert bench.consumer.redrive.max_receives == 1
    assert bench.consumer.redrive.is_last_receive(bench.item("a"))


@on_virtual_time
async def test_a_source_that_has_no_dead_letter_queue_any_more_is_asked_anew_but_not_with_every_message(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, max_receives=3)
    await bench.run_for(REFUTED_SECONDS + 1.0)
    bench.queue.dead_letter_queue = None
    for number in range(5):
        bench.handlings.outcomes[f"bad{number}"] = REJECTED
        bench.send(f"bad{number}")
    await asyncio.sleep(5.0)
    assert bench.consumer.redrive.max_receives is None
    assert bench.source.policies_asked == 2


@on_virtual_time
async def test_repeats_in_place_use_tries_up_and_receives_they_do_not(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=2)
    bench.handlings.seconds["a"] = 60.0
    await bench.run_for(1.0, "a")
    item, redrive = bench.item("a"), bench.consumer.redrive
    assert (redrive.is_last_receive(item), redrive.is_used_up(item)) == (False, False)
    item.message = item.message.again()
    assert (redrive.is_last_receive(item), redrive.is_used_up(item)) == (False, True)


@on_virtual_time
async def test_after_the_stop_nobody_asks(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=2)
    await bench.run_for(1.0)
    await bench.worker.stop()
    await asyncio.sleep(2 * ASK_AGAIN_SECONDS)
    assert bench.source.policies_asked == 1


@on_virtual_time
async def test_an_ordered_queues_first_receive_waits_for_it_two_seconds_and_no_longer(clock: ManualClock) -> None:
    for latency_seconds, begins_after_seconds in ((1.0, 1.0), (3_600.0, FIRST_ANSWER_SECONDS)):
        bench = DeliveryBench(clock, fifo=True, latency_seconds=latency_seconds)
        begun_mono = clock.mono()
        await bench.run_for(FIRST_ANSWER_SECONDS + 0.1)
        assert bench.source.receives[0].begun_mono - begun_mono == pytest.approx(begins_after_seconds, abs=0.01)
        bench.worker.drain.end()
