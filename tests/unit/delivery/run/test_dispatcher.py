"""What starts next: the most urgent over all queues, several at once where they are quick, none held up for long."""

from __future__ import annotations

import asyncio

import pytest

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.run.micro_batch import MicroBatch


async def waiting(clock: ManualClock) -> DeliveryBench:
    """One slot, at a message that takes 10 s; what comes now is received, and waits."""
    bench = DeliveryBench(clock, slots=1, lookahead_seconds=600.0, queues=2)
    await bench.run_for(1.0, "warm up")
    bench.handlings.seconds["slow"] = 10.0
    bench.send("slow")
    await asyncio.sleep(0.1)
    return bench


@on_virtual_time
async def test_the_earliest_deadline_starts_first_over_all_queues(clock: ManualClock) -> None:
    bench = await waiting(clock)
    bench.send("second", queue=1)
    await asyncio.sleep(0.1)
    bench.send("third", queue=0)
    bench.send("last", queue=1, tier="batch_mode")
    await asyncio.sleep(15.0)
    assert bench.started == ["warm up", "slow", "second", "third", "last"]


@on_virtual_time
async def test_waiting_raises_the_class_of_a_message(clock: ManualClock) -> None:
    """When the slot is free the first has used up 87 % of a minute and the other 67 % of 3 s."""
    bench = await waiting(clock)
    bench.handlings.seconds["slow too"] = 42.0
    bench.send("slow too", tier="batch_mode")
    bench.send("long", tier="batch_mode")
    await bench.until(lambda: bench.started[-1] == "slow too")
    await asyncio.sleep(40.0)
    bench.send("short")
    await bench.until(lambda: len(bench.started) == 5)
    assert bench.started[3:] == ["long", "short"]


@on_virtual_time
async def test_a_late_message_overtakes_one_whose_deadline_is_earlier_but_which_is_not_late(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1)
    bench.send("late", tier="batch_mode")
    await asyncio.sleep(70.0)
    bench.send("fresh")
    bench.start()
    await asyncio.sleep(1.0)
    assert bench.started == ["late", "fresh"]


@on_virtual_time
async def test_a_batch_is_of_one_queue_and_holds_its_most_urgent_messages(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, batch_size=2, lookahead_seconds=60.0, queues=2)
    await bench.run_for(1.0, "warm up")
    bench.handlings.seconds["slow"] = 10.0
    bench.send("slow")
    await asyncio.sleep(0.1)
    bench.send("o1")
    bench.send("m1", queue=1)
    bench.send("o3", tier="batch_mode")
    bench.send("o2")
    await asyncio.sleep(15.0)
    assert bench.started[2:] == ["o1", "o2", "m1", "o3"]
    starts = [mono for mono, _ in bench.runner.started[2:]]
    assert starts[0] == starts[1] < starts[2] < starts[3]


@on_virtual_time
async def test_quick_messages_are_handed_over_together_and_slow_ones_one_by_one(clock: ManualClock) -> None:
    sizes: dict[str, int] = {}
    bench = DeliveryBench(clock, slots=2)
    give = bench.runner.run

    def noted(batch: MicroBatch) -> None:
        sizes.update({item.message.body: batch.size for item in batch.unstarted})
        give(batch)

    bench.runner.run = noted  # type: ignore[method-assign]
    bench.handlings.usual_seconds = 0.0001
    await bench.run_for(1.0, *[f"quick {number}" for number in range(500)])
    assert max(sizes.values()) > 5
    bench.handlings.usual_seconds = 1.0
    bench.send(*[f"slow {number}" for number in range(20)])
    await asyncio.sleep(60.0)
    assert sizes["slow 19"] == 1


@on_virtual_time
async def test_what_waits_behind_one_that_turns_out_slow_is_taken_back_and_run_elsewhere(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2, lookahead_seconds=0.2)
    bench.handlings.usual_seconds = 0.0002
    await bench.run_for(1.0, *[str(number) for number in range(300)])
    bench.handlings.seconds["slow"] = 30.0
    sent_mono = clock.mono()
    bench.send("before", "slow", *[f"behind {number}" for number in range(8)])
    await asyncio.sleep(0.1)
    behind = [mono - sent_mono for mono, message in bench.runner.started if message.body.startswith("behind")]
    assert len(behind) == 8
    assert max(behind) < 0.05
    assert "before" not in bench.in_hand or bench.item("before").outcome is not None
    await asyncio.sleep(40.0)
    assert len(bench.started) == len(set(bench.started)) == 310
    assert bench.left() == []


@pytest.mark.parametrize("slots", [1, 4])
def test_every_message_is_handled_once_whatever_the_mix(slots: int) -> None:
    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, slots=slots, queues=2)
        bench.handlings.usual_seconds = 0.0005
        for number in range(300):
            bench.send(str(number), queue=number % 2, tier=["peak_hours", "batch_mode"][number % 3 == 0])
            if number % 50 == 0:
                bench.handlings.seconds[str(number)] = 1.0
        await bench.run_for(60.0)
        assert sorted(bench.started, key=int) == [str(number) for number in range(300)]
        assert bench.left() == []
        assert bench.worker.pool.budget.pending == 0

    run()


@on_virtual_time
async def test_what_is_done_in_a_micro_batch_that_is_not_is_acknowledged_when_the_time_is_over(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, slots=1)
    bench.handlings.usual_seconds = 0.0002
    await bench.run_for(1.0, *[str(number) for number in range(300)])
    bench.handlings.seconds["slow"] = 30.0
    bench.send("done", "slow", "behind")
    await asyncio.sleep(0.005)
    assert bench.started[-2:] == ["done", "slow"]
    await bench.worker.stop(drain_seconds=0.0)
    assert "done" in bench.source.bodies("acknowledge")[-1]
    assert {body for body, _ in bench.source.released()} == {"behind", "slow"}


@on_virtual_time
async def test_quick_messages_that_compute_do_not_wait_for_the_sleepers_beside_them(clock: ManualClock) -> None:
    """By those that have ended, each of the four takes a whole core; but the process takes next to none."""
    bench = DeliveryBench(clock, slots=4)
    give = bench.runner.run

    def computing(batch: MicroBatch) -> None:
        batch.cpu_seconds = bench.handlings.usual_seconds * batch.size
        give(batch)

    bench.runner.run = computing  # type: ignore[method-assign]
    bench.handlings.usual_seconds = 0.0005
    await bench.run_for(1.0, "warm up")
    bench.handlings.seconds = {f"slow {number}": 100.0 for number in range(3)}
    bench.send(*bench.handlings.seconds)
    waits: list[float] = []
    for number in range(400):
        sent_mono = clock.mono()
        bench.send(f"quick {number}")
        await bench.until(lambda: len(bench.started) == 5 + len(waits))
        waits.append(bench.runner.started[-1][0] - sent_mono)
    assert max(waits) < 0.1
