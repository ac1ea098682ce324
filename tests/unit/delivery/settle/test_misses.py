"""Each late message has one cause, by what its own worker knows of its way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from math import inf

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import DONE, Message, Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.miss_cause import NEVER, MissCause, Span

ACCESS_REFUSED = SourceMisconfigured("no sqs:GetQueueAttributes", code="AccessDenied")
NO_ROUTE = SourceUnavailable("no route", code="EndpointConnectionError")
AWAY = Outcome(OutcomeKind.UNAVAILABLE, "connection refused", downstream="postgres")
THRESHOLD_SECONDS = 3.0
HOUR_SECONDS = 3_600.0


def causes(bench: DeliveryBench) -> list[MissCause]:
    return [sample.cause for sample in bench.worker.stats.samples if not sample.met]


@on_virtual_time
async def test_what_is_on_time_has_no_cause(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(1.0, "a", "b")
    assert (len(bench.worker.stats.samples), causes(bench)) == (2, [])


@on_virtual_time
async def test_a_message_that_waited_in_its_queue_is_late_by_it(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.send("a")
    await asyncio.sleep(THRESHOLD_SECONDS + 1.0)
    with capture_logs() as lines:
        await bench.run_for(1.0)
    assert causes(bench) == [MissCause.QUEUE]
    assert [line["cause"] for line in lines if line["event"] == "message.breached"] == ["queue"]


@on_virtual_time
async def test_a_slow_handler_is_late_by_itself_and_what_waits_for_its_slot_by_that(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, lookahead_seconds=60.0)
    bench.handlings.seconds["slow"] = 4.0
    await bench.run_for(1.0, *map(str, range(5)))  # quick ones: so it asks for several at once
    bench.send("slow", "behind it")
    await asyncio.sleep(10.0)
    assert causes(bench) == [MissCause.HANDLE, MissCause.READY]


@on_virtual_time
async def test_a_message_whose_source_was_away_is_late_by_the_outage(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.start()
    await asyncio.sleep(1.0)
    bench.faults.begin_outage(NO_ROUTE)
    await asyncio.sleep(30.0)
    bench.send("a")
    await asyncio.sleep(10.0)
    bench.faults.end_outage()
    await asyncio.sleep(60.0)
    assert causes(bench) == [MissCause.OUTAGE]


@on_virtual_time
async def test_a_source_that_never_says_its_rules_makes_no_message_late(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["slow"] = 5.0
    for _ in range(10):
        bench.faults.fail_next(Metric.REQUEST_ATTRIBUTES, ACCESS_REFUSED)
    await bench.run_for(60.0, "slow")
    assert causes(bench) == [MissCause.HANDLE]


async def an_hour_after_a_failed_renewal(clock: ManualClock) -> DeliveryBench:
    """Its message was settled before the next try, and nothing was renewed since."""
    bench = DeliveryBench(clock, ack_linger_seconds=0.0, visibility_seconds=30)
    bench.handlings.seconds = {"settled before": 15.05, "slow": 5.0, "slow and renewed": 20.0}
    bench.faults.fail_next(Metric.REQUEST_EXTEND, NO_ROUTE)
    await bench.run_for(HOUR_SECONDS, "settled before")
    assert len(bench.source.named("extend")) == 1
    return bench


@on_virtual_time
async def test_a_failed_call_that_nobody_repeats_is_no_outage_that_lasts(clock: ManualClock) -> None:
    bench = await an_hour_after_a_failed_renewal(clock)
    await bench.run_for(10.0, "slow")
    assert causes(bench) == [MissCause.HANDLE] * 2


@on_virtual_time
async def test_a_call_that_succeeds_long_after_one_failed_ends_no_outage_of_all_that_time(clock: ManualClock) -> None:
    bench = await an_hour_after_a_failed_renewal(clock)
    await bench.run_for(30.0, "slow and renewed")
    assert len(bench.source.named("extend")) == 2
    assert causes(bench) == [MissCause.HANDLE] * 2


@on_virtual_time
async def test_a_call_that_fails_long_after_another_one_begins_an_outage_of_its_own(clock: ManualClock) -> None:
    bench = await an_hour_after_a_failed_renewal(clock)
    bench.faults.fail_next(Metric.REQUEST_EXTEND, NO_ROUTE)
    await bench.run_for(30.0, "slow and renewed")
    assert len(bench.source.named("extend")) == 3
    assert causes(bench) == [MissCause.HANDLE] * 2


@on_virtual_time
async def test_a_message_held_for_a_downstream_is_late_by_it(clock: ManualClock) -> None:
    bench, up = DeliveryBench(clock), [False]

    def verdict(_: Message) -> Outcome:
        return DONE if up[0] else AWAY

    bench.handlings.verdict = verdict
    await bench.run_for(20.0, "a", "b", "c")
    up[0] = True
    await asyncio.sleep(60.0)
    assert causes(bench) == [MissCause.DOWNSTREAM] * 3


@on_virtual_time
async def test_a_message_that_failed_at_first_is_late_by_its_redelivery(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, retry_initial_seconds=8)
    bench.handlings.outcomes["a"] = [FAILED]
    await bench.run_for(30.0, "a")
    assert causes(bench) == [MissCause.REDELIVERY]


@on_virtual_time
async def test_a_message_that_waited_for_workers_that_were_ordered_is_late_by_the_lag(clock: ManualClock) -> None:
    short = [Span(clock.mono(), inf)]
    for cause in (MissCause.SCALE_UP_LAG, MissCause.QUEUE):
        bench = DeliveryBench(clock, short_of_workers=lambda: short[-1])
        bench.send("a")
        await asyncio.sleep(THRESHOLD_SECONDS + 1.0)
        await bench.run_for(1.0)
        assert causes(bench) == [cause]
        short.append(NEVER)


@on_virtual_time
async def test_each_miss_has_exactly_one_cause(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2)
    bench.handlings.usual_seconds = 0.4
    bench.source.on_message = lambda message: replace(message, receive_count=1 + int(message.body) % 2)
    await bench.run_for(60.0, *map(str, range(60)))
    late = [sample for sample in bench.worker.stats.samples if not sample.met]
    assert len(bench.worker.stats.samples) == 60
    assert len(late) == len(causes(bench)) > 20


@on_virtual_time
async def test_starts_are_counted_by_how_urgent_the_message_was_then(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.send("late")
    await asyncio.sleep(0.5)
    bench.send("nearly late")
    await asyncio.sleep(2.6)
    await bench.run_for(1.0, "early")
    started = [bench.counted(each) for each in (Metric.STARTED_HIGH, Metric.STARTED_MEDIUM, Metric.STARTED_LOW)]
    assert started == [1, 1, 1]


@on_virtual_time
async def test_the_slowest_run_of_each_call_is_named(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["slow"] = 0.5
    [slow, _] = bench.send("slow", "quick")
    await bench.run_for(2.0)
    assert max((seconds, message_id) for _, seconds, message_id in bench.worker.stats.slow_runs)[1] == slow
