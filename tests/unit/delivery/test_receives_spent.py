"""A receive is spent only on a message that is then run, as long as there is time for it."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally

import pytest

from captured_logs import capture_logs
from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock

NOT_RUN = "message.not_run_at_last_receive"


@on_virtual_time
async def test_what_a_stop_gives_back_does_not_fall_to_our_own_last_poll(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, prefetch_limit=20, lookahead_seconds=60)
    bench.handlings.usual_seconds = 2.0
    await bench.run_for(2.5, "first")
    bench.send(*[f"m{number}" for number in range(8)])
    await asyncio.sleep(0.5)
    await bench.worker.stop(drain_seconds=5.0, last_poll_seconds=5.0)
    received = Tally(message.body for message in bench.source.received)
    assert set(received.values()) == {1}
    assert {"m3", "m4", "m5", "m6", "m7"} <= {body for body, _ in bench.source.released()}


@on_virtual_time
async def test_what_the_last_poll_brings_at_its_last_allowed_receive_starts_before_what_comes_again(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, slots=1, prefetch_limit=20, lookahead_seconds=60, max_receives=2)
    bench.handlings.usual_seconds = 2.0
    await bench.run_for(2.5, "first")
    bench.send("a", "b", "c")
    await asyncio.sleep(0.5)
    stop = asyncio.create_task(bench.worker.stop(drain_seconds=5.0, last_poll_seconds=5.0))
    await asyncio.sleep(0)
    bench.send("last try", tier="batch_mode")
    bench.queue.take(1, 0.0)  # somebody received it once, and gave it back
    await stop
    assert bench.started[:3] == ["first", "a", "last try"]


@on_virtual_time
async def test_a_batch_handlers_messages_are_counted_by_its_calls(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, batch_size=10, prefetch_limit=100, lookahead_seconds=60)
    bench.handlings.usual_seconds = 4.0
    await bench.run_for(5.0, *[f"a{number}" for number in range(10)])
    bench.send(*[f"b{number}" for number in range(30)])
    await asyncio.sleep(0.5)
    await bench.worker.stop(drain_seconds=13.0)
    assert bench.source.released() == []
    assert len(bench.started) == 40


@on_virtual_time
async def test_a_slow_queues_messages_do_not_send_a_quick_queues_back(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, queues=2, slots=2, prefetch_limit=100, lookahead_seconds=60)
    bench.handlings.usual_seconds = 0.125
    slow = [f"slow{number}" for number in range(4)]
    bench.handlings.seconds |= dict.fromkeys(slow, 6.0)
    bench.send(*slow, queue=1)
    await bench.run_for(13.0, "quick")
    bench.handlings.seconds |= {"holds slot 1": 2.0, "holds slot 2": 2.0}
    bench.send("holds slot 1", "holds slot 2", queue=1)
    await asyncio.sleep(0.5)
    quick = [f"q{number}" for number in range(20)]
    bench.send(*quick)
    await asyncio.sleep(0.5)
    await bench.worker.stop(drain_seconds=5.0)
    assert bench.source.released() == []
    assert len(bench.source.received) > 5
    assert {message.body for message in bench.source.received} <= set(bench.started)


@pytest.mark.parametrize("run_seconds", [0.5, 6.0])
def test_no_more_of_a_group_is_received_than_a_stop_can_run_one_after_the_other(run_seconds: float) -> None:
    """Where each message comes only once: what of a group is left then would be dead-lettered unseen."""

    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, fifo=True, slots=16, max_receives=1)
        bench.handlings.usual_seconds = 10.0
        await bench.run_for(run_seconds, *[f"g{number}" for number in range(30)], group="g")
        await bench.worker.stop(drain_seconds=30.0)
        assert len(bench.left()) + len(bench.started) == 30
        assert bench.dead_letters() == []

    run()


@on_virtual_time
async def test_a_message_whose_lease_is_lost_at_its_last_allowed_receive_is_run_all_the_same(
    clock: ManualClock,
) -> None:
    """Nobody else can have it to run, and its deletion counts if nobody asked meanwhile. Here our own poll did."""
    bench = DeliveryBench(
        clock, slots=1, prefetch_limit=10, lookahead_seconds=60, max_receives=1, visibility_seconds=30
    )
    await bench.run_for(1.0, "quick")
    bench.handlings.seconds["slow"] = 25.0
    bench.send("slow", "waits")
    await asyncio.sleep(1.0)
    bench.take_away("waits")
    await asyncio.sleep(40.0)
    assert bench.started == ["quick", "slow", "waits"]
    assert (bench.dead_letters(), bench.left()) == (["waits"], [])


@on_virtual_time
async def test_one_of_a_group_whose_lease_is_lost_at_its_last_allowed_receive_is_an_error_event(
    clock: ManualClock,
) -> None:
    """On a FIFO queue its deletion would be refused."""
    with capture_logs() as logs:
        bench = DeliveryBench(clock, fifo=True, max_receives=2, visibility_seconds=30)
        bench.handlings.seconds["slow"] = 25.0
        bench.send("slow", "waits", group="g")
        bench.queue.take(10, 0.0)  # somebody received them once, and gave them back
        await bench.run_for(1.0)
        ids = [message.id for message in bench.source.received if message.body == "waits"]
        bench.take_away("waits")
        await asyncio.sleep(40.0)
    assert ids
    assert [entry["message_id"] for entry in logs if entry["event"] == NOT_RUN] == ids
