"""What a receive brought comes into our hands: counted, logged, given its tier target; copies and poison among it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import State
from punctuald.errors import SourceUnavailable
from punctuald.model import Metric, Outcome, OutcomeKind

AWAY = SourceUnavailable("no route", code="ConnectTimeout")


@on_virtual_time
async def test_a_redelivered_copy_replaces_the_handle_and_does_not_run_twice(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, visibility_seconds=30)
    bench.handlings.seconds["a"] = 20.0
    await bench.run_for(5.0, "a")
    old = bench.item("a").message.receipt_handle
    bench.take_away("a")
    await bench.until(lambda: bench.item("a").message.receipt_handle != old)
    assert bench.item("a").lease_until_mono == pytest.approx(clock.mono() + 30, abs=0.1)
    await asyncio.sleep(30)
    assert bench.started == ["a"]
    assert bench.left() == []
    assert bench.counted(Metric.DUPLICATE_IN_FLIGHT) == bench.counted(Metric.REDELIVERED) == 1
    assert bench.counted(Metric.DONE) == 1


@on_virtual_time
async def test_arrivals_are_told_once_a_message_by_when_it_was_sent(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.send("a")
    first_utc = clock.utc()
    await asyncio.sleep(2.25)
    bench.send("b")
    bench.queue.take(1, 0.0)  # "a" was received before: others told of it
    second_utc = clock.utc()
    await bench.run_for(1.0)
    assert bench.started == ["a", "b"]
    assert dict(bench.worker.stats.arrived) == {second_utc: 1}
    assert first_utc not in bench.worker.stats.arrived


@on_virtual_time
async def test_arrivals_of_messages_that_name_a_tier_are_counted_by_it_as_well(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    now_utc = clock.utc()
    bench.send("a", tier="batch_mode")
    bench.send("b", tier="no tier's name")
    await bench.run_for(1.0)
    assert dict(bench.worker.stats.arrived) == {now_utc: 2}
    assert dict(bench.worker.stats.arrived_pinned) == {(1, now_utc): 1}


@on_virtual_time
async def test_of_a_queue_with_a_tier_all_arrivals_are_counted_by_one(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, pinned_tier=1)
    now_utc = clock.utc()
    bench.send("a", tier="peak_hours")
    bench.send("b", "c", tier="")
    await bench.run_for(1.0)
    assert dict(bench.worker.stats.arrived_pinned) == {(0, now_utc): 1, (1, now_utc): 2}


@on_virtual_time
async def test_groups_are_counted_at_each_delivery_and_only_where_there_are_some(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.send("a", group="g")
    bench.send("b", group="h")
    received_mono = clock.mono()
    await bench.run_for(1.0)
    assert bench.worker.stats.grouped == [(0, "g", received_mono), (0, "h", received_mono)]


@on_virtual_time
async def test_how_far_the_brokers_clock_is_ahead_goes_to_the_board(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.source.broker_ahead_seconds = -90.0
    await bench.run_for(1.0, "a")
    assert bench.worker.stats.broker_ahead_seconds == -90.0


@on_virtual_time
async def test_a_message_that_two_clocks_say_comes_from_the_future_arrived_now(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.source.on_message = lambda message: replace(message, sent_utc=message.sent_utc + 1.5)
    now_utc = clock.utc()
    await bench.run_for(1.0, "a")
    assert dict(bench.worker.stats.arrived) == {now_utc: 1}


@on_virtual_time
async def test_a_message_found_with_dead_workers_is_not_run_but_rejected(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bad, doubtful = bench.send("bad", "doubtful")
    bench.deaths = {bad: 3, doubtful: 2}
    await bench.run_for(1.0)
    assert bench.started == ["doubtful"]
    (call,) = bench.source.named("dead_letter")
    assert (call.messages[0].id, call.reason) == (bad, "3 workers died while they ran it")
    assert (bench.counted(Metric.POISON), bench.counted(Metric.REJECTED)) == (1, 1)
    assert bench.worker.pool.budget.pending == 0


@on_virtual_time
async def test_the_wall_clock_may_jump_and_no_deadline_moves(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1)
    bench.handlings.usual_seconds = 2.0
    await bench.run_for(0.5, "a")
    clock.jump_utc(3_600)
    item = bench.item("a")
    assert item.deadline_mono == item.received_mono + 3.0
    assert item.state is State.RUNNING


@on_virtual_time
async def test_what_was_given_back_and_is_here_again_before_the_answer_runs(clock: ManualClock) -> None:
    """Else its receive would be burned: with two of them allowed it would be dead-lettered after one try."""
    bench = DeliveryBench(clock, max_receives=2)
    bench.handlings.outcomes["a"] = [Outcome(OutcomeKind.RETRY, "soon", 0.0)]
    bench.source.late_seconds["release"] = 0.5
    await bench.run_for(10.0, "a")
    assert bench.started == ["a", "a"]
    assert [message.tries for _, message in bench.runner.started] == [1, 2]
    assert (bench.dead_letters(), bench.left()) == ([], [])
    assert (bench.counted(Metric.RETRIED), bench.counted(Metric.DONE)) == (1, 1)


@on_virtual_time
async def test_what_could_not_be_given_back_and_is_here_again_runs_and_is_not_given_back_then(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, max_receives=2)
    bench.handlings.outcomes["a"] = [Outcome(OutcomeKind.RETRY, "soon", 0.0)]
    for _ in range(3):
        bench.faults.fail_next(Metric.REQUEST_RELEASE, AWAY)
    await bench.run_for(0.2, "a")
    bench.take_away("a")
    await asyncio.sleep(10.0)
    assert bench.started == ["a", "a"]
    assert bench.left() == []
