"""Telling the source what became of each message: in batches, in time, and through every kind of refusal."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from doubles.delivery_bench import FAILED, REJECTED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.settle.settler import CALLS_AT_ONCE
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Counter, Outcome, OutcomeKind

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
GONE = SourceMisconfigured("gone", code="QueueDoesNotExist")
EXPIRED = "ReceiptHandleIsInvalid"


def refuse(bench: DeliveryBench, body: str, code: str = EXPIRED, *, retryable: bool = False) -> None:
    bench.faults.refuse(bench.item(body).message.receipt_handle, code=code, retryable=retryable)


@on_virtual_time
async def test_acknowledgements_go_ten_at_a_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=35)
    await bench.run_for(2.0, *[str(number) for number in range(25)])
    assert [len(call.messages) for call in bench.source.named("acknowledge")] == [10, 10, 5]
    assert bench.counted(Counter.DONE) == 25
    assert bench.left() == []


@on_virtual_time
async def test_a_lone_acknowledgement_lingers_for_company_but_not_past_its_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, ack_linger_seconds=0.2)
    begun_mono = clock.mono()
    await bench.run_for(1.0, "a")
    (call,) = bench.source.named("acknowledge")
    assert call.begun_mono - begun_mono - bench.handlings.usual_seconds == pytest.approx(0.2, abs=0.001)


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


@on_virtual_time
async def test_every_failed_entry_is_read_and_only_that_one_is_tried_again(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(0.02, "a", "b")
    refuse(bench, "b", "InternalError", retryable=True)
    await asyncio.sleep(10.0)
    assert bench.source.bodies("acknowledge") == [["a", "b"], ["b"]]
    assert bench.counted(Counter.DONE) == 2


@on_virtual_time
async def test_an_expired_handle_is_a_lost_lease_counted_logged_and_over(clock: ManualClock) -> None:
    with structlog.testing.capture_logs() as logs:
        bench = DeliveryBench(clock)
        await bench.run_for(0.02, "a")
        refuse(bench, "a")
        await asyncio.sleep(5.0)
    assert bench.counted(Counter.LEASE_LOST) == 1
    told = [(entry["event"], entry["code"]) for entry in logs if entry["event"] == "message.lease_lost"]
    assert told == [("message.lease_lost", EXPIRED)]
    assert bench.in_hand == []
    assert bench.worker.stats.samples == []


@on_virtual_time
async def test_a_handle_replaced_during_the_acknowledgement_is_acknowledged_again(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["a"] = 20.0
    await bench.run_for(19.0, "a")
    refuse(bench, "a", "InternalError", retryable=True)  # the lease is gone when it is tried again
    bench.source.late_seconds["acknowledge"] = 2.0
    bench.source.during["acknowledge"] = lambda: bench.take_away("a")
    await asyncio.sleep(30.0)
    handles = [call.messages[0].receipt_handle[-2:] for call in bench.source.named("acknowledge")]
    assert handles == ["#1", "#2"]
    assert (bench.counted(Counter.DONE), bench.counted(Counter.LEASE_LOST)) == (1, 0)
    assert len(bench.worker.stats.samples) == 1
    assert (bench.in_hand, bench.left()) == ([], [])


@on_virtual_time
async def test_a_dead_lettered_message_is_not_moved_twice_when_a_copy_comes_meanwhile(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes["a"] = REJECTED
    await bench.run_for(0.02, "a")
    item = bench.item("a")
    older = item.message
    bench.source.during["dead_letter"] = lambda: setattr(item, "message", older.again())
    await asyncio.sleep(5.0)
    assert bench.dead_letters() == ["a"]
    assert bench.counted(Counter.REJECTED) == 1


@pytest.mark.parametrize("error", [AWAY, GONE])
@pytest.mark.parametrize("call", ["acknowledge", "release", "dead_letter"])
def test_while_the_source_is_away_nothing_is_lost(error: SourceError, call: str) -> None:
    outcome = {"acknowledge": Outcome(OutcomeKind.DONE), "release": FAILED, "dead_letter": REJECTED}[call]

    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        with structlog.testing.capture_logs() as logs:
            bench = DeliveryBench(clock)
            bench.handlings.outcomes["a"] = [outcome]
            for _ in range(3):
                bench.faults.fail_next(Counter[f"REQUEST_{call.upper()}"], error)
            await bench.run_for(0.3, "a")
            assert bench.in_hand == ["a"]
            await asyncio.sleep(30.0)
        assert len(bench.source.named(call)) == 4
        assert bench.counted(Counter.SOURCE_ERROR) == 3
        assert bench.left() == []
        told = [entry["event"] for entry in logs if entry.get("call") == call]
        assert told == ["source.unavailable", "source.recovered"]

    run()


@on_virtual_time
async def test_new_acknowledgements_do_not_storm_a_source_that_is_away(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=10)
    bench.handlings.usual_seconds = 0.001
    await bench.run_for(1.0)
    bench.send(*[str(number) for number in range(200)])
    await asyncio.sleep(0.005)
    bench.faults.begin_outage(AWAY)
    await asyncio.sleep(60.0)
    begun = {call.begun_mono for call in bench.source.named("acknowledge")}
    assert len(begun) < 12  # ever further apart
    bench.faults.end_outage()
    await asyncio.sleep(25.0)
    assert bench.in_hand == []


@on_virtual_time
async def test_one_break_of_the_network_that_many_calls_meet_costs_one_short_pause(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=100, latency_seconds=0.5, prefetch_limit=2_000)
    bench.handlings.usual_seconds = 0.001
    bench.send(*[str(number) for number in range(2_000)])
    bench.start()
    await bench.until(lambda: len(bench.source.named("acknowledge")) > 40)
    bench.faults.begin_outage(AWAY)
    await asyncio.sleep(0.5)
    bench.faults.end_outage()
    assert bench.counted(Counter.SOURCE_ERROR) > 12
    done = bench.counted(Counter.DONE)
    await asyncio.sleep(3.0)
    assert bench.counted(Counter.DONE) > done
    assert len(bench.started) > done


@on_virtual_time
async def test_a_dead_letter_queue_that_is_away_does_not_hold_up_acknowledgements(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes["bad"] = REJECTED
    for _ in range(20):
        bench.faults.fail_next(Counter.REQUEST_DEAD_LETTER, AWAY)
    await bench.run_for(1.0, "bad", "good")
    assert bench.counted(Counter.DONE) == 1
    assert bench.in_hand == ["bad"]


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
        assert bench.counted(Counter.RETRIED) + bench.counted(Counter.FAILED) == 1

    run()


@on_virtual_time
async def test_without_a_dead_letter_queue_a_rejected_message_is_given_back_and_said_once(clock: ManualClock) -> None:
    with structlog.testing.capture_logs() as logs:
        bench = DeliveryBench(clock, has_dead_letter_queue=False, retry_max_seconds=900)
        bench.handlings.outcomes = {"a": REJECTED, "b": REJECTED}
        await bench.run_for(5.0, "a", "b")
    assert bench.source.released() == [("a", 900), ("b", 900)]
    assert [entry["event"] for entry in logs].count("message.no_dead_letter_queue") == 1
    assert bench.counted(Counter.REJECTED) == 0


@on_virtual_time
async def test_a_discarded_message_is_deleted_and_counted_with_its_reason(clock: ManualClock) -> None:
    with structlog.testing.capture_logs() as logs:
        bench = DeliveryBench(clock)
        bench.handlings.outcomes["a"] = Outcome(OutcomeKind.DISCARD, "a test order")
        await bench.run_for(5.0, "a")
    told = [entry["reason"] for entry in logs if entry["event"] == "message.discarded"]
    assert told == ["a test order"]
    assert bench.counted(Counter.DISCARDED) == 1
    assert bench.left() == []


@on_virtual_time
async def test_a_call_that_hangs_holds_up_no_other_and_so_many_are_under_way_at_most(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=100, prefetch_limit=2_000)
    bench.handlings.usual_seconds = 0.01
    bench.source.late_seconds["acknowledge"] = 100.0
    await bench.run_for(50.0, *[str(number) for number in range(500)])
    assert len(bench.source.named("acknowledge")) == CALLS_AT_ONCE
    await asyncio.sleep(200.0)
    assert bench.counted(Counter.DONE) == 500
    assert bench.loop_errors == []


@on_virtual_time
async def test_flushing_gets_lingering_acknowledgements_out_at_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, ack_linger_seconds=60.0)
    bench.send("a", tier="batch_mode")
    await bench.run_for(1.0)
    assert bench.source.named("acknowledge") == []
    assert await bench.consumer.flushed(5.0)
    assert bench.counted(Counter.DONE) == 1


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
