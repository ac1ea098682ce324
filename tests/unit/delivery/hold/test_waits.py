"""Waiting is not a try: it costs no slot, no try and no receive as long as the message can be held."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.hold_budget import HoldBudget
from punctuald.model import DONE, Metric, Outcome, OutcomeKind


def wait(seconds: float) -> Outcome:
    return Outcome(OutcomeKind.WAIT, "not yet", seconds)


@on_virtual_time
async def test_a_message_that_waits_runs_when_its_time_comes_with_the_same_try_and_no_new_receive(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, max_receives=2)
    bench.handlings.outcomes["a"] = [wait(100.0)] * 5
    await bench.run_for(499.0, "a")
    assert bench.started == ["a"] * 5
    await bench.run_for(2.0)
    assert bench.started == ["a"] * 6
    assert {message.tries for _, message in bench.runner.started} == {1}
    assert {message.receive_count for _, message in bench.runner.started} == {1}
    assert (bench.counted(Metric.HELD), bench.counted(Metric.DONE), bench.dead_letters()) == (5, 1, [])


@on_virtual_time
async def test_how_many_wait_is_on_the_workers_row(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes |= {"a": [wait(10.0)], "b": [wait(60.0)], "c": [Outcome(OutcomeKind.RETRY, "", 60.0)]}
    await bench.run_for(5.0, "a", "b", "c")
    assert bench.worker.stats.held_messages == 2
    await bench.run_for(10.0)
    assert bench.worker.stats.held_messages == 1
    await bench.run_for(60.0)
    assert bench.worker.stats.held_messages == 0


@on_virtual_time
async def test_a_time_of_day_is_waited_for(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes["a"] = [Outcome(OutcomeKind.WAIT, "", None, clock.utc() + 60.0)]
    await bench.run_for(59.0, "a")
    assert bench.started == ["a"]
    await asyncio.sleep(2.0)
    assert bench.started == ["a", "a"]


@on_virtual_time
async def test_what_waits_takes_no_slot_and_no_room_from_others(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, prefetch_limit=5)
    waiting = [f"w{number}" for number in range(20)]
    bench.handlings.outcomes |= {body: [wait(600.0)] for body in waiting}
    await bench.run_for(5.0, *waiting, *(f"m{number}" for number in range(20)))
    assert bench.counted(Metric.DONE) == 20


@on_virtual_time
async def test_its_lease_is_kept_all_the_while(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes["a"] = [wait(800.0)]
    await bench.run_for(700.0, "a")
    assert bench.others_receive() == []


@on_virtual_time
async def test_what_is_to_wait_longer_than_a_worker_holds_goes_back_for_so_long(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, wait_hold_seconds=30.0)
    bench.handlings.outcomes["a"] = [wait(31.0)]
    await bench.run_for(30.0, "a")
    assert (bench.started, bench.in_hand, bench.counted(Metric.BOUNCED)) == (["a"], [], 1)
    await asyncio.sleep(3.0)
    assert bench.started == ["a", "a"]


@on_virtual_time
async def test_beyond_the_limit_of_the_worker_it_goes_back_and_nothing_more_is_received(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, wait_hold_limit=3)
    bodies = [f"w{number}" for number in range(5)]
    bench.handlings.outcomes |= {body: [wait(300.0)] for body in bodies}
    await bench.run_for(2.0, *bodies)
    assert (len(bench.in_hand), bench.counted(Metric.BOUNCED)) == (3, 2)
    receives = len(bench.source.receives)
    bench.send("later")
    await asyncio.sleep(100.0)
    assert "later" not in bench.started
    assert len(bench.source.receives) - receives <= 1, "one was under way"
    await asyncio.sleep(300.0)
    assert "later" in bench.started


@on_virtual_time
async def test_a_queue_of_the_other_kind_of_handlers_is_received_from_when_there_is_room_again(
    clock: ManualClock,
) -> None:
    holds = HoldBudget(2, lambda _: None)  # of one worker: functions have a pool of their own, and so have coroutines
    functions = DeliveryBench(clock, holds=holds)
    coroutines = DeliveryBench(clock, holds=holds, wait_seconds=4.0)
    functions.handlings.outcomes |= {"a": [wait(60.0)], "b": [wait(60.0)]}
    coroutines.start()
    await functions.run_for(30.0, "a", "b")
    coroutines.send("c")
    await asyncio.sleep(20.0)
    assert coroutines.started == []
    await asyncio.sleep(15.0)
    assert coroutines.started == ["c"]


@on_virtual_time
async def test_at_its_last_receive_it_is_held_whatever_the_limits_say(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, wait_hold_limit=1, wait_hold_seconds=10.0, max_receives=1)
    bench.handlings.outcomes |= {"a": [wait(500.0)], "b": [wait(500.0)]}
    await bench.run_for(600.0, "a", "b")
    assert bench.counted(Metric.DONE) == 2
    assert (bench.counted(Metric.BOUNCED), bench.dead_letters()) == (0, [])


@on_virtual_time
async def test_a_group_waits_behind_its_head_and_keeps_its_order(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.outcomes["a"] = [wait(50.0)]
    bench.send("a", "b", group="g")
    bench.send("other", group="h")
    await bench.run_for(49.0)
    assert bench.started == ["a", "other"]
    await asyncio.sleep(3.0)
    assert bench.started == ["a", "other", "a", "b"]


@on_virtual_time
async def test_a_group_that_can_not_be_held_goes_back_whole(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, wait_hold_seconds=10.0)
    bench.handlings.outcomes["a"] = [wait(60.0)]
    bench.send("a", "b", group="g")
    await bench.run_for(30.0)
    assert (bench.started, bench.in_hand) == (["a"], [])
    await asyncio.sleep(60.0)
    assert bench.started == ["a", "a", "b"]


@on_virtual_time
async def test_what_is_due_in_time_runs_and_the_rest_goes_back_for_what_is_left_of_its_wait(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes |= {"soon": [wait(20.0)], "late": [wait(200.0)]}
    await bench.run_for(5.0, "soon", "late")
    await bench.worker.stop(drain_seconds=30.0)
    assert bench.started == ["soon", "late", "soon"]
    clock.advance(150.0)
    assert bench.others_receive() == []
    clock.advance(50.0)
    assert bench.others_receive() == ["late"]


@on_virtual_time
async def test_what_would_not_come_again_is_run_once_more_at_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=1)
    bench.handlings.outcomes["a"] = [wait(200.0), DONE]
    await bench.run_for(5.0, "a")
    await bench.worker.stop(drain_seconds=30.0)
    assert (bench.started, bench.dead_letters(), bench.left()) == (["a", "a"], [], [])


@on_virtual_time
async def test_one_that_still_wants_to_wait_then_has_failed_and_is_not_run_for_ever(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=1)
    bench.handlings.outcomes["a"] = [wait(200.0)] * 100
    await bench.run_for(5.0, "a")
    await bench.worker.stop(drain_seconds=30.0)
    assert (bench.started, bench.counted(Metric.FAILED)) == (["a", "a"], 1)


@pytest.mark.parametrize("fifo", [False, True])
@pytest.mark.parametrize("seconds", [inf, 1e300, -inf])
def test_whatever_time_a_handler_names_the_worker_goes_on(seconds: float, *, fifo: bool) -> None:
    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, fifo=fifo)
        bench.handlings.outcomes["a"] = [wait(seconds)]
        await bench.run_for(12 * 3_600 + 10.0, "a", group="g" if fifo else None)
        assert (bench.loop_errors, bench.started) == ([], ["a", "a"])

    run()


@pytest.mark.parametrize(
    ("fifo", "outcome"), [(False, wait(20.0)), (True, wait(20.0)), (True, Outcome(OutcomeKind.RETRY, "", 20.0))]
)
def test_what_goes_back_at_a_stop_is_not_received_by_a_poll_of_our_own(outcome: Outcome, *, fifo: bool) -> None:
    @on_virtual_time
    async def stops(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, fifo=fifo, wait_seconds=20.0)
        bench.handlings.outcomes["a"] = [outcome]
        await bench.run_for(100.0)  # so that it polls long
        bench.send("a", group="g" if fifo else None)
        await bench.until(lambda: bench.started == ["a"])
        await asyncio.sleep(16.0)
        await bench.worker.stop(drain_seconds=3.0)
        assert [message.receive_count for message in bench.source.received] == [1]
        assert bench.left() == ["a"]

    stops()
