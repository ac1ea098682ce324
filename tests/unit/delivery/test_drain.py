"""The stop of a worker's delivery: nothing is lost, no receive is burned that need not be, each fate is told."""

from __future__ import annotations

import asyncio

import pytest

from captured_logs import capture_logs
from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import Fate
from punctuald.errors import SourceUnavailable
from punctuald.model import Metric, Outcome, OutcomeKind
from punctuald.testing.virtual_loop import VirtualLoop

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
NOT_RUN = "message.not_run_at_last_receive"


def fates(bench: DeliveryBench) -> dict[str, Fate]:
    bodies = {message.id: message.body for message in bench.source.received}
    return {bodies[message_id]: fate for message_id, fate in bench.worker.drain.fates().items()}


@on_virtual_time
async def test_what_can_still_start_in_time_does_and_the_rest_goes_back_at_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2, prefetch_limit=10, lookahead_seconds=60)
    bench.handlings.usual_seconds = 2.0
    await bench.run_for(2.5, "first")
    bench.send(*[f"m{number}" for number in range(10)])
    await asyncio.sleep(0.5)
    stop = asyncio.create_task(bench.worker.stop(drain_seconds=7.9))
    await asyncio.sleep(0.1)
    assert bench.source.released() == [(f"m{number}", 0) for number in range(8, 10)]
    await stop
    assert bench.started == ["first", *(f"m{number}" for number in range(8))]
    assert sorted(bench.left()) == ["m8", "m9"]
    assert bench.counted(Metric.RELEASED) == 2


@on_virtual_time
async def test_those_at_their_last_allowed_receive_start_first_whatever_their_deadlines(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, prefetch_limit=10, lookahead_seconds=60, max_receives=2)
    bench.handlings.seconds["running"] = 5.0
    bench.send("last try", tier="batch_mode")
    bench.queue.take(1, 1.0)  # somebody received it once, and gave it back in a second
    await bench.run_for(3.0, "warm up", "running", "first a", "first b")
    assert bench.started == ["warm up", "running"]
    assert len(bench.in_hand) == 4
    await bench.worker.stop(drain_seconds=30)
    assert bench.started == ["warm up", "running", "last try", "first a", "first b"]


@on_virtual_time
async def test_what_runs_may_finish_and_its_acknowledgement_lingers_no_more(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, ack_linger_seconds=60.0)
    bench.handlings.seconds["slow"] = 3.0
    await bench.run_for(1.0, "slow")
    begun_mono = clock.mono()
    await bench.worker.stop(drain_seconds=30, last_poll_seconds=0)
    assert fates(bench) == {"slow": Fate.ACKNOWLEDGED}
    assert bench.left() == []
    assert bench.source.named("acknowledge")[0].begun_mono - begun_mono < 3.0


@on_virtual_time
async def test_what_did_not_finish_in_time_goes_back_and_a_late_outcome_is_not_heard(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["slow"] = 60.0
    await bench.run_for(1.0, "slow")
    await bench.worker.stop(drain_seconds=5.0)
    assert fates(bench) == {"slow": Fate.RELEASED}
    await asyncio.sleep(60)
    assert bench.source.named("acknowledge") == []
    assert bench.counted(Metric.DONE) == 0
    assert bench.loop_errors == []


@on_virtual_time
async def test_leases_are_kept_while_it_drains(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["slow"] = 100.0
    await bench.run_for(1.0, "slow")
    await bench.worker.stop(drain_seconds=200)
    assert len(bench.source.named("extend")) >= 5
    assert fates(bench) == {"slow": Fate.ACKNOWLEDGED}


@on_virtual_time
async def test_what_could_not_be_told_to_the_source_is_left_to_expire_and_said_so(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["a"] = 1.0
    await bench.run_for(0.5, "a")
    bench.faults.begin_outage(AWAY)
    await bench.worker.stop(drain_seconds=5.0)
    assert fates(bench) == {"a": Fate.LEFT_TO_EXPIRE}
    assert bench.worker.drain.summary() == {
        "acknowledged": 0,
        "dead_lettered": 0,
        "released": 0,
        "lease_lost": 0,
        "left_to_expire": 1,
    }


@on_virtual_time
async def test_a_group_goes_on_during_the_stop_and_what_has_no_time_left_goes_back_whole(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.usual_seconds = 2.0
    await bench.run_for(1.0, "g1", "g2", "g3", "g4", group="g")
    await bench.worker.stop(drain_seconds=4.0)
    assert bench.started == ["g1", "g2", "g3"]
    assert [body for body, _ in bench.source.released()] == ["g4", "g3"]  # the head last
    assert fates(bench)["g4"] is Fate.RELEASED
    assert bench.left() == ["g3", "g4"]


@on_virtual_time
async def test_a_head_that_is_through_after_the_time_is_over_starts_nothing(clock: ManualClock) -> None:
    """Its acknowledgement is under way when the group is given back."""
    bench = DeliveryBench(clock, fifo=True, latency_seconds=0.3)
    await bench.run_for(0.75, "g1", "g2", "g3", group="g")
    await bench.worker.stop(drain_seconds=0.0)
    assert bench.started == ["g1"]
    assert bench.loop_errors == []
    assert bench.left() == ["g2", "g3"]


@pytest.mark.parametrize("after_seconds", [3.0, 60.0])
def test_a_held_head_is_tried_again_if_its_time_comes_within_the_drain_else_it_goes_back_for_the_rest_of_its_wait(
    after_seconds: float,
) -> None:
    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, fifo=True)
        bench.handlings.outcomes["g1"] = [Outcome(OutcomeKind.RETRY, "later", after_seconds)]
        await bench.run_for(1.0, "g1", "g2", group="g")
        await bench.worker.stop(drain_seconds=10.0)
        if after_seconds < 10:
            assert bench.started == ["g1", "g1", "g2"]
        else:
            assert bench.source.released() == [("g2", 0), ("g1", 60)]

    run()


@on_virtual_time
async def test_a_head_that_fails_during_the_drain_and_has_no_time_for_another_try_goes_back_with_its_group(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.seconds["g1"] = 2.0
    bench.handlings.outcomes["g1"] = [Outcome(OutcomeKind.RETRY, "later", 60.0)]
    await bench.run_for(1.0, "g1", "g2", group="g")
    begun_mono = clock.mono()
    await bench.worker.stop(drain_seconds=30.0)
    assert bench.source.released() == [("g2", 0), ("g1", 60)]
    assert bench.source.named("release")[0].begun_mono - begun_mono < 2.0


@on_virtual_time
async def test_what_goes_back_unseen_at_its_last_allowed_receive_is_an_error_event_and_what_ran_is_none(
    clock: ManualClock,
) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock, slots=1, max_receives=1, prefetch_limit=10, lookahead_seconds=60, batch_size=1)
        bench.handlings.seconds["slow"] = 60.0
        await bench.run_for(1.0, "quick")
        bench.send("slow", "unseen")
        await asyncio.sleep(1.0)
        in_hand = bench.in_hand
        await bench.worker.stop(drain_seconds=5.0)
    told = {entry["message_id"] for entry in logs if entry["event"] == NOT_RUN}
    unseen = {message.id for message in bench.source.received if message.body in in_hand} - {
        message.id for _, message in bench.runner.started
    }
    assert told == unseen


@on_virtual_time
async def test_what_a_last_poll_brings_is_handled_while_there_is_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(5.0)
    stop = asyncio.create_task(bench.worker.stop(drain_seconds=30.0))
    await asyncio.sleep(0.5)
    bench.send("just in time")
    await stop
    assert bench.started == ["just in time"]
    assert bench.left() == []


@on_virtual_time
async def test_what_a_last_poll_brings_after_that_goes_back_at_once_and_is_told_of_where_it_does_not_come_again(
    clock: ManualClock,
) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock, max_receives=1)
        await bench.run_for(8.0)
        stop = asyncio.create_task(bench.worker.stop(drain_seconds=0.0))
        await asyncio.sleep(0.5)
        bench.send("too late")
        await stop
    assert bench.started == []
    assert bench.source.released() == [("too late", 0)]
    assert [entry["event"] for entry in logs if entry["event"] == NOT_RUN] == [NOT_RUN]


@on_virtual_time
async def test_what_is_given_back_does_not_fall_to_our_own_last_poll(clock: ManualClock) -> None:
    """Its receive would be burned, and it would be hidden for as long as a lease is."""
    bench = DeliveryBench(clock)
    bench.handlings.seconds["slow"] = 60.0
    await bench.run_for(8.0, "slow")
    await bench.worker.stop(drain_seconds=0.0, last_poll_seconds=0.2)
    assert [message.body for message in bench.source.received] == ["slow"]
    assert bench.source.released() == [("slow", 0)]
    assert [(entry.body, entry.receive_count) for entry in bench.queue.take(10, 30)] == [("slow", 2)]


@on_virtual_time
async def test_a_copy_of_what_runs_in_the_last_poll_is_not_given_back(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["a"] = 9.0
    await bench.run_for(5.0, "a")
    stop = asyncio.create_task(bench.worker.stop(drain_seconds=30.0))
    await asyncio.sleep(0.5)
    bench.take_away("a")
    await stop
    assert bench.source.named("release") == []
    assert (bench.started, bench.left()) == (["a"], [])


@pytest.mark.parametrize("fifo", [False, True])
def test_a_stop_leaves_nothing_on_the_loop(fifo: bool) -> None:
    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, fifo=fifo, queues=2, latency_seconds=0.008)
        bench.handlings.outcomes["b"] = [Outcome(OutcomeKind.RETRY, "later", 600.0)]
        await bench.run_for(1.0, "a", "b", "c", group="g" if fifo else None)
        await bench.worker.stop(drain_seconds=1.0, last_poll_seconds=1.0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert loop.scheduled() == []

    run()


@on_virtual_time
async def test_a_source_that_answers_no_more_does_not_keep_the_stop(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, latency_seconds=3_600.0)
    await bench.run_for(1.0, "a")
    begun_mono = clock.mono()
    await bench.worker.stop(drain_seconds=5.0, last_poll_seconds=10.0)
    assert clock.mono() - begun_mono < 20
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
