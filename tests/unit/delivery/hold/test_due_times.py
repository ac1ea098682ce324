"""A message's tier counts from when it may run: by its queue's delay, its producer or its handler."""

from __future__ import annotations

import asyncio

import pytest

from doubles.delivery.bench import FAILED, DeliveryBench
from doubles.delivery.worker_bench import CALENDAR
from doubles.stats.sample_rows import Sample
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.model import DONE, Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.due_time import DueTime

PEAK_SECONDS = CALENDAR.tiers[0].threshold_seconds
NOT_BEFORE = DueTime("not_before")


def wait(seconds: float) -> Outcome:
    return Outcome(OutcomeKind.WAIT, "not yet", seconds)


def retry(seconds: float) -> Outcome:
    return Outcome(OutcomeKind.RETRY, "later", seconds)


def send_due(bench: DeliveryBench, body: str, in_seconds: float, *, group: str | None = None) -> None:
    """To be run in so long; the queue gives it out at once."""
    not_before = str(bench.clock.utc() + in_seconds)
    bench.queue.send(body, group=group, attributes={"sla_tier": "peak_hours", "not_before": not_before})


def whole_seconds(sample: Sample) -> float:
    return (
        sample.produce_seconds
        + sample.queue_seconds
        + sample.ready_seconds
        + sample.handle_seconds
        + sample.settle_seconds
    )


def met(bench: DeliveryBench) -> list[bool]:
    return [sample.met for sample in bench.worker.stats.samples]


@on_virtual_time
async def test_a_queues_own_delay_makes_nothing_late(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1)
    bench.queue.delay_seconds = 10.0
    bench.start()
    for number in range(60):
        bench.send(f"m{number}")
        await asyncio.sleep(1 / 3)
    await asyncio.sleep(15.0)
    assert met(bench) == [True] * 60
    assert max(sample.queue_seconds for sample in bench.worker.stats.samples) < 0.1


@on_virtual_time
async def test_what_a_queue_delays_and_then_leaves_waiting_is_late_all_the_same(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.queue.delay_seconds = 10.0
    bench.send("a")
    clock.advance(10.0 + PEAK_SECONDS)
    await bench.run_for(1.0)
    (sample,) = bench.worker.stats.samples
    assert not sample.met
    assert sample.queue_seconds == pytest.approx(PEAK_SECONDS)


@on_virtual_time
async def test_the_first_receive_knows_the_delay_and_a_queue_that_does_not_say_it_is_received_from(
    clock: ManualClock,
) -> None:
    for outage in (None, SourceUnavailable("no answer", code="Timeout")):
        bench = DeliveryBench(clock, latency_seconds=0.05)
        bench.queue.delay_seconds = 10.0
        if outage is not None:
            bench.faults.fail_next(Metric.REQUEST_ATTRIBUTES, outage)
        bench.send("a")
        clock.advance(10.0)
        await bench.run_for(2.0)
        assert met(bench) == [outage is None]


@on_virtual_time
async def test_a_queue_that_takes_long_to_answer_about_itself_is_received_from_after_a_second(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, latency_seconds=4.0)
    await bench.run_for(5.5, "a")
    assert bench.started == ["a"]


@on_virtual_time
async def test_a_message_that_comes_before_its_due_time_waits_here_and_is_on_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, prefetch_limit=5, max_receives=2, due_time=NOT_BEFORE)
    for number in range(20):
        send_due(bench, f"m{number}", 100.0)
    await bench.run_for(99.0, "others")
    assert bench.started == ["others"]
    assert (bench.others_receive(), bench.counted(Metric.HELD)) == ([], 20)
    await asyncio.sleep(3.0)
    assert len(bench.started) == 21
    assert met(bench) == [True] * 21
    assert {message.tries for _, message in bench.runner.started} == {1}


@on_virtual_time
async def test_its_stages_add_up_to_what_passed_since_it_was_due(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, due_time=NOT_BEFORE)
    bench.handlings.seconds |= {"a": 2.0, "b": 2.0}
    due_mono = clock.mono() + 20.0
    send_due(bench, "a", 20.0)
    send_due(bench, "b", 20.0)
    bench.start()
    seen = 0
    while seen < 2:
        await asyncio.sleep(0.01)
        for sample in bench.worker.stats.samples[seen:]:
            assert whole_seconds(sample) == pytest.approx(clock.mono() - due_mono, abs=0.02)
            seen += 1
    assert met(bench) == [True, False], "the second one had to wait for the only slot"


@on_virtual_time
async def test_what_is_due_later_than_a_worker_holds_it_waits_in_the_queue_and_arrives_once(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, wait_hold_seconds=30.0, due_time=NOT_BEFORE)
    due_utc = clock.utc() + 60.0
    send_due(bench, "a", 60.0)
    await bench.run_for(50.0)
    assert (bench.in_hand, bench.counted(Metric.BOUNCED), bench.worker.stats.arrived.total()) == ([], 1, 0)
    bench.handlings.outcomes["a"] = [FAILED]
    await asyncio.sleep(30.0)
    assert bench.started == ["a", "a"]
    assert list(bench.worker.stats.arrived.elements()) == [pytest.approx(due_utc, abs=0.001)]


@on_virtual_time
async def test_at_its_last_receive_it_is_held_however_far_off_it_is(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, wait_hold_seconds=10.0, wait_hold_limit=1, max_receives=1, due_time=NOT_BEFORE)
    send_due(bench, "a", 500.0)
    send_due(bench, "b", 500.0)
    await bench.run_for(510.0)
    assert (sorted(bench.started), bench.counted(Metric.BOUNCED), bench.dead_letters()) == (["a", "b"], 0, [])
    assert met(bench) == [True, True]


@on_virtual_time
async def test_it_arrives_for_the_scaler_when_it_is_due(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, due_time=NOT_BEFORE)
    due_utc = clock.utc() + 40.0
    send_due(bench, "a", 40.0)
    await bench.run_for(39.0)
    assert (bench.worker.stats.arrived.total(), bench.worker.stats.arrived_pinned.total()) == (0, 0)
    await asyncio.sleep(2.0)
    assert list(bench.worker.stats.arrived.elements()) == [pytest.approx(due_utc, abs=0.001)]
    assert bench.worker.stats.arrived_pinned.total() == 1


@on_virtual_time
async def test_a_group_waits_for_the_due_time_of_its_head_and_keeps_its_order(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, due_time=NOT_BEFORE)
    send_due(bench, "a", 20.0, group="g")
    bench.send("b", group="g")
    send_due(bench, "c", 30.0, group="g")
    await bench.run_for(19.0)
    assert bench.started == []
    await asyncio.sleep(2.0)
    assert bench.started == ["a", "b"]
    await asyncio.sleep(10.0)
    assert bench.started == ["a", "b", "c"]


@on_virtual_time
async def test_a_group_whose_head_is_due_too_late_goes_back_whole(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, wait_hold_seconds=10.0, due_time=NOT_BEFORE)
    send_due(bench, "a", 60.0, group="g")
    bench.send("b", group="g")
    await bench.run_for(30.0)
    assert (bench.started, bench.in_hand) == ([], [])
    await asyncio.sleep(40.0)
    assert bench.started == ["a", "b"]


@on_virtual_time
async def test_at_a_stop_it_goes_back_for_the_rest_of_its_wait(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, due_time=NOT_BEFORE)
    send_due(bench, "soon", 20.0)
    send_due(bench, "late", 200.0)
    await bench.run_for(5.0)
    await bench.worker.stop(drain_seconds=30.0)
    assert bench.started == ["soon"]
    clock.advance(150.0)
    assert bench.others_receive() == []
    clock.advance(50.0)
    assert bench.others_receive() == ["late"]


@on_virtual_time
async def test_at_a_stop_and_at_its_last_receive_it_is_run_before_its_time_and_not_dead_lettered(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, max_receives=1, due_time=NOT_BEFORE)
    send_due(bench, "a", 200.0)
    await bench.run_for(5.0)
    await bench.worker.stop(drain_seconds=30.0)
    assert (bench.started, bench.left(), bench.dead_letters()) == (["a"], [], [])
    (sample,) = bench.worker.stats.samples
    assert sample.met
    assert sample.ready_seconds == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("fifo", [False, True])
@pytest.mark.parametrize("asked", [wait(20.0), retry(20.0)])
def test_a_time_that_the_handler_asked_for_is_kept_and_nothing_is_late(asked: Outcome, *, fifo: bool) -> None:
    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, fifo=fifo)
        bench.handlings.outcomes["a"] = [asked, DONE]
        await bench.run_for(30.0, "a", group="g" if fifo else None)
        (sample,) = bench.worker.stats.samples
        assert (bench.started, sample.met) == (["a", "a"], True)
        assert whole_seconds(sample) < 1.0

    run()


@on_virtual_time
async def test_so_is_it_after_a_wait_that_a_worker_could_not_hold_and_after_a_failure_behind_it(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, wait_hold_seconds=10.0, retry_initial_seconds=1.0)
    bench.handlings.outcomes["a"] = [wait(60.0), FAILED, DONE]
    await bench.run_for(70.0, "a")
    (sample,) = bench.worker.stats.samples
    assert (bench.counted(Metric.BOUNCED), sample.met) == (1, True)
    assert whole_seconds(sample) == pytest.approx(2.0, abs=0.5), "the back-off after the failure counts"


@on_virtual_time
async def test_a_back_off_that_nobody_asked_for_counts(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, retry_initial_seconds=20.0, retry_max_seconds=20.0)
    bench.handlings.outcomes |= {"a": [FAILED, DONE], "b": [Outcome(OutcomeKind.RETRY, "again"), DONE]}
    await bench.run_for(30.0, "a", "b")
    assert met(bench) == [False, False]


@on_virtual_time
async def test_an_appointment_that_is_not_kept_is_late(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1)
    bench.handlings.outcomes["a"] = [retry(5.0), DONE]
    bench.handlings.seconds["slow"] = 20.0
    await bench.run_for(1.0, "a")
    await bench.run_for(40.0, "slow")
    assert [sample.met for sample in bench.worker.stats.samples] == [False, False]
