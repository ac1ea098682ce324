"""Settlements that the source refuses or never hears of: none is lost, none is done twice, none storms."""

from __future__ import annotations

import asyncio

import pytest

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, REJECTED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Metric, Outcome, OutcomeKind

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
GONE = SourceMisconfigured("gone", code="QueueDoesNotExist")
EXPIRED = "ReceiptHandleIsInvalid"


def refuse(bench: DeliveryBench, body: str, code: str = EXPIRED, *, retryable: bool = False) -> None:
    bench.faults.refuse(bench.item(body).message.receipt_handle, code=code, retryable=retryable)


@on_virtual_time
async def test_every_failed_entry_is_read_and_only_that_one_is_tried_again(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(0.02, "a", "b")
    refuse(bench, "b", "InternalError", retryable=True)
    await asyncio.sleep(10.0)
    assert [sorted(batch) for batch in bench.source.bodies("acknowledge")] == [["a", "b"], ["b"]]
    assert bench.counted(Metric.DONE) == 2


@on_virtual_time
async def test_an_expired_handle_is_a_lost_lease_counted_logged_and_over(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        await bench.run_for(0.02, "a")
        refuse(bench, "a")
        await asyncio.sleep(5.0)
    assert bench.counted(Metric.LEASE_LOST) == 1
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
    assert (bench.counted(Metric.DONE), bench.counted(Metric.LEASE_LOST)) == (1, 0)
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
    assert bench.counted(Metric.REJECTED) == 1


@on_virtual_time
async def test_a_dead_letter_that_is_refused_for_good_is_given_back_and_is_no_lost_lease(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock, retry_max_seconds=900)
        bench.handlings.outcomes = {"a": REJECTED, "b": REJECTED}
        bench.send("a", "b")
        bench.worker.start()
        while len(bench.in_hand) < 2:
            await asyncio.sleep(0.001)
        for body in ("a", "b"):
            refuse(bench, body, "DeadLetterRefused")
        await asyncio.sleep(5.0)
    assert sorted(bench.source.released()) == [("a", 900), ("b", 900)]
    said = [(entry["event"], entry["reason"]) for entry in logs if entry["log_level"] == "error"]
    assert said == [("message.dead_letter_refused", "unknown customer")], "once a queue"
    back = [(entry["event"], entry["after_seconds"]) for entry in logs if entry["log_level"] == "warning"]
    assert back == [("message.not_dead_lettered", 900)] * 2
    assert (bench.counted(Metric.REJECTED), bench.counted(Metric.LEASE_LOST)) == (0, 0)


@pytest.mark.parametrize("error", [AWAY, GONE])
@pytest.mark.parametrize("call", ["acknowledge", "release", "dead_letter"])
def test_while_the_source_is_away_nothing_is_lost(error: SourceError, call: str) -> None:
    outcome = {"acknowledge": Outcome(OutcomeKind.DONE), "release": FAILED, "dead_letter": REJECTED}[call]

    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        with capture_logs() as logs:
            bench = DeliveryBench(clock)
            bench.handlings.outcomes["a"] = [outcome]
            for _ in range(3):
                bench.faults.fail_next(Metric[f"REQUEST_{call.upper()}"], error)
            await bench.run_for(0.3, "a")
            assert bench.in_hand == ["a"]
            await asyncio.sleep(30.0)
        assert len(bench.source.named(call)) == 4
        assert bench.counted(Metric.SOURCE_ERROR) == 3
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
    assert bench.counted(Metric.SOURCE_ERROR) > 12
    done = bench.counted(Metric.DONE)
    await asyncio.sleep(3.0)
    assert bench.counted(Metric.DONE) > done
    assert len(bench.started) > done


@on_virtual_time
async def test_a_dead_letter_queue_that_is_away_does_not_hold_up_acknowledgements(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes["bad"] = REJECTED
    for _ in range(20):
        bench.faults.fail_next(Metric.REQUEST_DEAD_LETTER, AWAY)
    await bench.run_for(1.0, "bad", "good")
    assert bench.counted(Metric.DONE) == 1
    assert bench.in_hand == ["bad"]


LONGEST_SECONDS = 12 * 3_600
"""SQS refuses to hide a message for longer, counted from its receive."""


def hidden_until(bench: DeliveryBench, body: str) -> float:
    """From its receive on: until when it was to be hidden when it went back."""
    [seconds] = [seconds for each, seconds in bench.source.released() if each == body]
    return bench.source.named("release")[-1].begun_mono - bench.source.receives[0].begun_mono + seconds


@on_virtual_time
async def test_what_goes_back_late_is_hidden_no_longer_than_the_source_allows(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.outcomes["a"] = [Outcome(OutcomeKind.RETRY, "tomorrow", 43_200.0)]
    await bench.run_for(11.8 * 3_600, "a", group="g")
    assert bench.in_hand == []
    assert LONGEST_SECONDS - 60 < hidden_until(bench, "a") <= LONGEST_SECONDS


@on_virtual_time
async def test_so_is_what_no_dead_letter_queue_takes(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, has_dead_letter_queue=False, retry_max_seconds=900)
    bench.handlings.outcomes["a"], bench.handlings.seconds["a"] = [REJECTED], 11.9 * 3_600
    await bench.run_for(11.95 * 3_600, "a")
    assert LONGEST_SECONDS - 60 < hidden_until(bench, "a") <= LONGEST_SECONDS
