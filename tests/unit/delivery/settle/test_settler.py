"""Telling the source what became of each message: in batches, in time, and what is asked of it."""

from __future__ import annotations

import asyncio

import pytest

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, REJECTED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.settle.settler import CALLS_AT_ONCE
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Metric, Outcome, OutcomeKind

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
GONE = SourceMisconfigured("gone", code="QueueDoesNotExist")
EXPIRED = "ReceiptHandleIsInvalid"


@on_virtual_time
async def test_acknowledgements_go_ten_at_a_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=35)
    await bench.run_for(2.0, *[str(number) for number in range(25)])
    assert [len(call.messages) for call in bench.source.named("acknowledge")] == [10, 10, 5]
    assert bench.counted(Metric.DONE) == 25
    assert bench.left() == []


@on_virtual_time
async def test_a_lone_acknowledgement_lingers_for_company_but_not_past_its_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, ack_linger_seconds=0.2)
    begun_mono = clock.mono()
    await bench.run_for(1.0, "a")
    (call,) = bench.source.named("acknowledge")
    assert call.begun_mono - begun_mono - bench.handlings.usual_seconds == pytest.approx(0.2, abs=0.001)


@on_virtual_time
async def test_where_the_next_of_a_key_waits_for_it_an_acknowledgement_goes_at_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, ack_linger_seconds=0.2)
    begun_mono = clock.mono()
    await bench.run_for(1.0, "a")
    (call,) = bench.source.named("acknowledge")
    assert call.begun_mono - begun_mono == pytest.approx(bench.handlings.usual_seconds, abs=0.001)


@on_virtual_time
async def test_an_acknowledgement_never_lingers_past_a_deadline_that_can_still_be_kept(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, ack_linger_seconds=30.0)
    await bench.run_for(5.0, "a")
    (sample,) = bench.worker.stats.samples
    assert sample.met
    assert sample.settle_seconds > 2.5


@on_virtual_time
async def test_a_late_message_does_not_make_a_companion_linger_past_a_deadline_that_can_still_be_kept(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, ack_linger_seconds=30.0)
    bench.send("late")
    await asyncio.sleep(10.0)
    bench.send("tight")
    bench.start()
    await asyncio.sleep(5.0)
    assert [sample.met for sample in bench.worker.stats.samples] == [False, True]
    assert len(bench.source.named("acknowledge")) == 1


@on_virtual_time
async def test_messages_that_are_all_late_linger_as_usual(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, ack_linger_seconds=0.2)
    bench.send("late", "later")
    await asyncio.sleep(10.0)
    begun_mono = clock.mono()
    bench.start()
    await asyncio.sleep(1.0)
    (call,) = bench.source.named("acknowledge")
    assert call.begun_mono - begun_mono > 0.2


@pytest.mark.parametrize(
    ("outcome", "receives_before", "seconds"),
    [
        (Outcome(OutcomeKind.RETRY, "later", 2.5), 0, 3),
        (Outcome(OutcomeKind.RETRY, "at once", 0.0), 0, 0),
        (Outcome(OutcomeKind.RETRY, "much later", 1e9), 0, 43_194),  # what is left of the twelve hours
        (Outcome(OutcomeKind.RETRY), 2, 4),
        (FAILED, 3, 8),
    ],
)
def test_a_message_that_comes_again_comes_when_it_was_asked_for(
    outcome: Outcome, receives_before: int, seconds: int
) -> None:
    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, retry_initial_seconds=1, retry_max_seconds=900)
        bench.handlings.outcomes["a"] = [outcome]
        bench.send("a")
        for _ in range(receives_before):
            bench.queue.take(1, 0.0)
        await bench.run_for(0.5)
        assert bench.source.released() == [("a", seconds)]
        assert bench.counted(Metric.RETRIED) + bench.counted(Metric.FAILED) == 1

    run()


@on_virtual_time
async def test_without_a_dead_letter_queue_a_rejected_message_is_given_back_and_said_once(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock, has_dead_letter_queue=False, retry_max_seconds=900)
        bench.handlings.outcomes = {"a": REJECTED, "b": REJECTED}
        await bench.run_for(5.0, "a", "b")
    assert bench.source.released() == [("a", 900), ("b", 900)]
    assert [entry["event"] for entry in logs].count("message.no_dead_letter_queue") == 1
    assert bench.counted(Metric.REJECTED) == 0


@on_virtual_time
async def test_a_discarded_message_is_deleted_and_counted_with_its_reason(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        bench.handlings.outcomes["a"] = Outcome(OutcomeKind.DISCARD, "a test order")
        await bench.run_for(5.0, "a")
    told = [entry["reason"] for entry in logs if entry["event"] == "message.discarded"]
    assert told == ["a test order"]
    assert bench.counted(Metric.DISCARDED) == 1
    assert bench.left() == []


@on_virtual_time
async def test_a_call_that_hangs_holds_up_no_other_and_so_many_are_under_way_at_most(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=100, prefetch_limit=2_000)
    bench.handlings.usual_seconds = 0.01
    bench.source.late_seconds["acknowledge"] = 100.0
    await bench.run_for(50.0, *[str(number) for number in range(500)])
    assert len(bench.source.named("acknowledge")) == CALLS_AT_ONCE
    await asyncio.sleep(200.0)
    assert bench.counted(Metric.DONE) == 500
    assert bench.loop_errors == []


@on_virtual_time
async def test_flushing_gets_lingering_acknowledgements_out_at_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, ack_linger_seconds=60.0)
    bench.send("a", tier="batch_mode")
    await bench.run_for(1.0)
    assert bench.source.named("acknowledge") == []
    assert await bench.consumer.flushed(5.0)
    assert bench.counted(Metric.DONE) == 1


@on_virtual_time
async def test_flushing_ends_at_its_time_when_the_source_is_away(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["a"] = 1.0
    await bench.run_for(0.5, "a")
    bench.faults.begin_outage(AWAY)
    await asyncio.sleep(1.0)
    begun_mono = clock.mono()
    assert not await bench.consumer.flushed(2.0)
    assert clock.mono() - begun_mono == pytest.approx(2.0, abs=0.01)
    assert bench.in_hand == ["a"]
