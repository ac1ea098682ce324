"""Asking for messages: how many, how long, and with how many receives under way."""

from __future__ import annotations

import asyncio

import pytest

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.receive.prefetch_budget import UNSETTLED_ALLOWED
from punctuald.errors import SourceMisconfigured
from punctuald.model import Metric
from punctuald.policy.receive.prefetch import MOST_UNDER_WAY

NO_QUEUE = SourceMisconfigured("no such queue", code="QueueDoesNotExist")
DAY_SECONDS = 86_400.0


def asked(bench: DeliveryBench) -> list[int]:
    return [receive.most for receive in bench.source.receives]


def waits(bench: DeliveryBench) -> list[float]:
    return [receive.wait_seconds for receive in bench.source.receives]


@on_virtual_time
async def test_no_more_is_asked_for_than_can_start_while_nothing_is_known(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=3)
    bench.handlings.usual_seconds = 60.0
    await bench.run_for(10.0, *"abcdef")
    assert asked(bench) == [3]
    assert bench.started == ["a", "b", "c"]


@on_virtual_time
async def test_the_look_ahead_is_measured_in_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2, lookahead_seconds=0.2)
    bench.handlings.usual_seconds = 0.1  # each slot finishes two within 0.2 s
    await bench.run_for(0.5, *[str(number) for number in range(60)])
    in_hand: list[int] = []
    for _ in range(20):
        await asyncio.sleep(0.05)
        in_hand.append(len(bench.consumer.table.unsettled()))
    assert max(in_hand) == 6


@on_virtual_time
async def test_a_finished_message_makes_room_before_it_is_acknowledged(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, ack_linger_seconds=30.0)
    bench.handlings.seconds["b"] = 60.0
    bench.send("a", "b", tier="batch_mode")
    await bench.run_for(1.0)
    assert bench.source.named("acknowledge") == []
    assert bench.started == ["a", "b"]


@on_virtual_time
async def test_the_first_receive_does_not_wait_and_shows_readiness_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(60.0)
    assert waits(bench)[0] == 0
    assert bench.worker.answered == 1


@on_virtual_time
async def test_polls_get_longer_while_the_queue_is_empty_and_short_again_with_traffic(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, wait_seconds=20.0)
    await bench.run_for(80.0)
    assert waits(bench) == [0, 2, 4, 8, 16, 20, 20, 20]
    bench.send("a")
    await asyncio.sleep(1.0)
    assert waits(bench)[-1] == 2


@on_virtual_time
async def test_a_message_that_comes_during_a_long_poll_starts_at_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(60.0)
    bench.send("a")
    await asyncio.sleep(0.001)
    assert bench.started == ["a"]


@on_virtual_time
async def test_short_polling_pauses_between_empty_receives_only(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, wait_seconds=0.0, poll_interval_seconds=0.1)
    await bench.run_for(1.05)
    assert set(waits(bench)) == {0}
    assert 10 <= len(waits(bench)) <= 11


@on_virtual_time
async def test_an_idle_queue_costs_no_more_than_21600_receives_a_day(clock: ManualClock) -> None:
    assert await receives_of_an_idle_day(DeliveryBench(clock)) <= 21_600


@on_virtual_time
async def test_with_the_longest_polls_it_costs_a_fifth(clock: ManualClock) -> None:
    assert await receives_of_an_idle_day(DeliveryBench(clock, wait_seconds=20.0)) <= 4_320


async def receives_of_an_idle_day(bench: DeliveryBench) -> int:
    await bench.run_for(600.0)
    before = len(bench.source.receives)
    await asyncio.sleep(DAY_SECONDS / 24)
    return (len(bench.source.receives) - before) * 24


@on_virtual_time
async def test_each_receive_that_brings_nothing_is_counted(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(5.0, "a")
    brought_nothing = len(bench.source.receives) - 2  # one brought a message, one is under way
    assert bench.counted(Metric.RECEIVE_EMPTY) == brought_nothing > 0


@on_virtual_time
async def test_the_visibility_follows_the_measured_run_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.usual_seconds = 20.0
    await bench.run_for(30.0, "a")
    first, after_it = bench.source.receives[:2]
    assert (first.visibility_seconds, after_it.visibility_seconds) == (30, 30)
    bench.send("b")
    await asyncio.sleep(30.0)
    bench.send("c")
    await asyncio.sleep(0.1)
    assert bench.source.receives[-1].visibility_seconds == 60


@on_virtual_time
async def test_a_poll_of_an_idle_queue_hides_what_it_brings_for_ten_seconds(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.usual_seconds = 20.0
    await bench.run_for(60.0, "a")
    assert {receive.visibility_seconds for receive in bench.source.receives[3:]} == {10}


@on_virtual_time
async def test_a_visibility_that_was_set_is_asked_for_by_every_poll(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, visibility_seconds=60)
    await bench.run_for(60.0)
    assert {receive.visibility_seconds for receive in bench.source.receives} == {60}


@on_virtual_time
async def test_what_an_idle_poll_brought_is_kept_as_long_as_its_handler_takes(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(20.0)
    bench.handlings.usual_seconds = 60.0
    bench.send("a")
    await asyncio.sleep(4.0)
    assert bench.source.named("extend") == []
    await asyncio.sleep(2.0)
    assert bench.item("a").lease_until_mono == pytest.approx(clock.mono() + 30, abs=2)
    await asyncio.sleep(60.0)
    assert (bench.started, bench.left()) == (["a"], [])


@on_virtual_time
async def test_what_surely_takes_longer_has_its_lease_extended_when_it_comes(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.usual_seconds = 6.0
    await bench.run_for(20.0, "a")
    before = len(bench.source.named("extend"))
    bench.send("b")
    await asyncio.sleep(0.5)
    assert len(bench.source.named("extend")) == before + 1
    assert bench.item("b").lease_until_mono == pytest.approx(clock.mono() + 18, abs=1)


@on_virtual_time
async def test_where_receives_take_long_and_slots_stand_idle_more_are_under_way(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=50, latency_seconds=0.1, prefetch_limit=4_000)
    bench.handlings.usual_seconds = 0.001
    begun_mono = clock.mono()
    await bench.run_for(6.0, *[str(number) for number in range(3_000)])
    last_mono = bench.runner.started[-1][0]
    assert len(bench.started) == 3_000
    assert last_mono - begun_mono < 3_000 / 10 * 0.1 / 3  # one after the other would take ten times as long
    begun = sorted(receive.begun_mono for receive in bench.source.receives)
    at_once = max(sum(1 for other in begun if mono - 0.0999 < other <= mono) for mono in begun)
    assert 3 < at_once <= MOST_UNDER_WAY


@on_virtual_time
async def test_when_the_backlog_is_gone_one_receive_is_under_way_again(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=50, latency_seconds=0.1, prefetch_limit=4_000)
    bench.handlings.usual_seconds = 0.001
    await bench.run_for(20.0, *[str(number) for number in range(1_000)])
    before = len(bench.source.receives)
    await asyncio.sleep(60.0)
    assert len(bench.source.receives) - before <= 60 / bench.consumer.options.wait_seconds + 1


@on_virtual_time
async def test_only_one_of_several_receives_under_way_is_a_long_poll(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=50, latency_seconds=0.1, prefetch_limit=4_000)
    bench.handlings.usual_seconds = 0.001
    await bench.run_for(2.0, *[str(number) for number in range(1_000)])
    together = [receive.wait_seconds for receive in bench.source.receives if receive.begun_mono < clock.mono()]
    assert sum(wait > 0 for wait in together) < len(together) / 2


# --- room


@on_virtual_time
async def test_an_empty_queues_long_poll_holds_no_room_back_from_a_full_one(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, queues=2, slots=4)
    await bench.run_for(60.0)
    bench.handlings.usual_seconds = 30.0
    bench.send(*"abcd", queue=1)
    await asyncio.sleep(1.0)
    assert bench.started == ["a", "b", "c", "d"]


@on_virtual_time
async def test_two_full_queues_share_the_room(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, queues=2, slots=4, prefetch_limit=4)
    bench.handlings.usual_seconds = 1.0
    for queue in (0, 1):
        bench.send(*[f"{queue}-{number}" for number in range(20)], queue=queue)
    await bench.run_for(60.0)
    assert len(bench.started) == 40
    assert bench.worker.pool.budget.pending == 0


@on_virtual_time
async def test_a_backlog_in_one_queue_keeps_no_room_from_another(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, queues=2, slots=4, lookahead_seconds=0.2, latency_seconds=0.01)
    bench.handlings.usual_seconds = 0.05
    bench.send("early", queue=1)
    bench.send(*[f"backlog-{number}" for number in range(1_600)], tier="batch_mode")
    await bench.run_for(0.1)
    for number in range(10):
        bench.send(f"urgent-{number}", queue=1)
        await asyncio.sleep(0.5)
    assert len([body for body in bench.started if body.startswith("urgent")]) == 10


@on_virtual_time
async def test_room_that_one_queue_asked_for_in_vain_is_anothers_at_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, queues=2, slots=1)
    bench.handlings.usual_seconds = 1.0  # too slow for any look-ahead
    bench.send("a")
    bench.send("b", "c", queue=1)
    await bench.run_for(2.5)  # the first queue's next poll lasts from 2.0 to 4.0
    assert bench.started == ["a", "b", "c"]


@on_virtual_time
async def test_a_queue_whose_settlements_pile_up_receives_no_more_until_they_are_out_and_others_do(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, queues=2, slots=10, prefetch_limit=100)
    bench.handlings.usual_seconds = 0.001
    bench.source.late_seconds["acknowledge"] = 5.0
    many = 3 * UNSETTLED_ALLOWED
    await bench.run_for(3.0, *[str(number) for number in range(many)])
    stood_still_at = len(bench.started)
    assert UNSETTLED_ALLOWED < stood_still_at <= UNSETTLED_ALLOWED + 100
    bench.send("of the other queue", queue=1)
    await asyncio.sleep(1.0)
    assert bench.started[stood_still_at:] == ["of the other queue"]
    await bench.until(lambda: len(bench.started) == many + 1)
    await asyncio.sleep(30.0)
    assert bench.left() == []


@on_virtual_time
async def test_where_each_message_comes_only_once_no_more_is_held_than_a_stop_can_finish(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2, max_receives=1, lookahead_seconds=600.0)
    bench.handlings.usual_seconds = 8.0
    await bench.run_for(60.0, *[str(number) for number in range(60)])
    assert len(bench.consumer.table.unsettled()) <= 2 * (30 // 8)


# --- what others see


@on_virtual_time
async def test_while_even_full_receives_are_not_enough_the_worker_does_all_it_can(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2)
    await bench.run_for(3.0, *[str(number) for number in range(500)])
    assert len(bench.worker.stats.saturated_by) == 1
    await bench.until(lambda: len(bench.started) == 500)
    await asyncio.sleep(5.0)
    assert bench.worker.stats.saturated_by == set()


@on_virtual_time
async def test_a_worker_that_stops_does_not_count_as_doing_all_it_can(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2)
    await bench.run_for(3.0, *[str(number) for number in range(500)])
    await bench.worker.stop(drain_seconds=1.0)
    assert bench.worker.stats.saturated_by == set()
