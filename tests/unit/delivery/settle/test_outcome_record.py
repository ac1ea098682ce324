"""What is measured and logged of a message that leaves: its stages, its lateness, never its body or its receipt."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, REJECTED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import Metric, Outcome, OutcomeKind
from punctuald.policy.log_lines.event_rates import USUAL


@on_virtual_time
async def test_the_stages_of_a_sample_add_up_to_the_whole_way(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, ack_linger_seconds=0.25, lookahead_seconds=60.0)
    bench.handlings.usual_seconds = 1.0
    bench.send("warm up")
    await bench.run_for(0.5)
    bench.send("b")
    sent_mono = clock.mono()
    await bench.until(lambda: len(bench.worker.stats.samples) == 2)
    sample = bench.worker.stats.samples[1]
    whole = sample.queue_seconds + sample.ready_seconds + sample.handle_seconds + sample.settle_seconds
    assert abs(sample.handle_seconds - 1.0) < 0.001
    assert abs(sent_mono + whole - bench.source.named("acknowledge")[-1].begun_mono) < 0.001
    assert sample.met


@on_virtual_time
async def test_a_message_that_took_too_long_is_logged_with_its_stages_and_never_with_its_body_or_receipt(
    clock: ManualClock,
) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        bench.send("the body of a message")
        await asyncio.sleep(3.5)
        bench.start()
        await asyncio.sleep(1.0)
    (entry,) = [entry for entry in logs if entry["event"] == "message.breached"]
    assert (entry["tier"], entry["queue_seconds"]) == ("peak_hours", 3.5)
    assert not bench.worker.stats.samples[0].met
    assert "the body of a message" not in str(logs)
    assert bench.source.received[0].receipt_handle not in str(logs)


@on_virtual_time
async def test_only_what_was_acknowledged_has_a_sample(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes = {"failed": [FAILED], "rejected": REJECTED}
    bench.handlings.seconds["failed"] = 0.5
    await bench.run_for(0.7, "failed", "rejected", "done")
    assert len(bench.worker.stats.samples) == 1


@on_virtual_time
async def test_a_failed_message_says_when_it_comes_again_and_whether_it_stays_in_hand(clock: ManualClock) -> None:
    told: list[tuple[object, object]] = []
    for fifo in (False, True):
        with capture_logs() as logs:
            bench = DeliveryBench(clock, fifo=fifo, retry_initial_seconds=8)
            bench.handlings.outcomes["a"] = [FAILED]
            await bench.run_for(1.0, "a", group="g")
        told += [(e["after_seconds"], e["in_place"]) for e in logs if e["event"] == "message.retried"]
    assert told == [(8, False), (8, True)]


@on_virtual_time
async def test_a_tenant_is_in_the_lines_of_its_messages_and_nobody_is_in_the_others(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        bench.source.on_message = lambda message: replace(message, tenant="blue" if message.body == "a" else None)
        bench.handlings.outcomes = {"a": REJECTED, "b": REJECTED}
        await bench.run_for(1.0, "a", "b")
    assert [entry.get("tenant") for entry in logs if entry["event"] == "message.rejected"] == ["blue", None]


@on_virtual_time
async def test_hundreds_of_messages_that_fail_have_a_few_lines_and_all_are_counted(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock, retry_initial_seconds=600)
        bench.handlings.outcomes = {f"order {number}": FAILED for number in range(1_000)}
        await bench.run_for(9.0, *bench.handlings.outcomes)
        bench.worker.context.limited.end()
    retried = [entry for entry in logs if entry["event"] == "message.retried"]
    assert len(retried) == USUAL.lines
    assert {(entry["log_level"], entry["outcome"]) for entry in retried} == {("warning", "failed")}
    assert logs[-1]["events"]["message.retried"] == bench.counted(Metric.FAILED) - USUAL.lines > 500


@on_virtual_time
async def test_who_asked_for_another_time_is_no_warning(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        bench.handlings.outcomes["a"] = Outcome(OutcomeKind.RETRY, "not yet", 60.0)
        await bench.run_for(1.0, "a")
    [retried] = [entry for entry in logs if entry["event"] == "message.retried"]
    assert (retried["log_level"], retried["outcome"]) == ("info", "retried")


@on_virtual_time
async def test_a_reject_that_no_dead_letter_queue_takes_is_no_retry_and_is_told_again_while_it_lasts(
    clock: ManualClock,
) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock, has_dead_letter_queue=False, retry_max_seconds=60)
        bench.handlings.outcomes["a"] = REJECTED
        await bench.run_for(630.0, "a")
    assert [entry["event"] for entry in logs].count("message.retried") == 0
    missing = [entry for entry in logs if entry["event"] == "message.no_dead_letter_queue"]
    assert [entry["suppressed"] for entry in missing] == [0, 4, 4]
    back = [entry["after_seconds"] for entry in logs if entry["event"] == "message.not_dead_lettered"]
    assert back == [60] * 11
    assert (bench.counted(Metric.RETRIED), bench.counted(Metric.NOT_DEAD_LETTERED)) == (0, 11)
