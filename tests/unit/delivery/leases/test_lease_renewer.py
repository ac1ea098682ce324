"""Keeping leases: at half life, together, as long as something is in flight, and what follows where one is lost."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import Fate
from punctuald.errors import SourceUnavailable
from punctuald.model import Metric, Outcome, OutcomeKind

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
EXPIRED = "ReceiptHandleIsInvalid"
HOUR_SECONDS = 3_600.0


def renewed_after(bench: DeliveryBench, since_mono: float) -> list[float]:
    return [round(call.begun_mono - since_mono, 1) for call in bench.source.named("extend")]


def refuse(bench: DeliveryBench, body: str, code: str = EXPIRED, *, retryable: bool = False) -> None:
    bench.faults.refuse(bench.item(body).message.receipt_handle, code=code, retryable=retryable)


@on_virtual_time
async def test_a_lease_is_renewed_at_half_life_and_again(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["a"] = 65.0
    received_mono = clock.mono()
    await bench.run_for(64.0, "a")
    assert renewed_after(bench, received_mono) == [15, 30, 45, 60]
    assert {seconds for call in bench.source.named("extend") for seconds in call.seconds} == {30}


@on_virtual_time
async def test_what_waits_runs_and_settles_is_all_kept(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, lookahead_seconds=300.0)
    bench.handlings.seconds["running"] = 100.0
    await bench.run_for(1.0, "settling")
    bench.faults.begin_outage(AWAY)
    bench.faults.end_outage()
    for _ in range(7):
        bench.faults.fail_next(Metric.REQUEST_ACKNOWLEDGE, AWAY)
    bench.send("settling too", "running", "waiting")
    await asyncio.sleep(16.0)
    kept = {body for bodies in bench.source.bodies("extend") for body in bodies}
    assert {"settling too", "running", "waiting"} <= kept
    assert bench.others_receive() == []


@on_virtual_time
async def test_ten_ride_in_one_call_the_earliest_first(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=20)
    bench.handlings.usual_seconds = 60.0
    await bench.run_for(0.5, *[f"early {number}" for number in range(10)])
    bench.send("late 1", "late 2")
    await asyncio.sleep(15.5)
    first, second = bench.source.bodies("extend")
    assert first == [f"early {number}" for number in range(10)]
    assert second == ["late 1", "late 2"]


@on_virtual_time
async def test_leases_that_are_due_within_a_second_ride_along(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=20)
    bench.handlings.usual_seconds = 60.0
    await bench.run_for(0.5, "a", "b")
    bench.send("c")
    await asyncio.sleep(15.5)
    assert bench.source.bodies("extend") == [["a", "b", "c"]]


@on_virtual_time
async def test_no_lease_is_asked_for_beyond_twelve_hours(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, visibility_seconds=43_000)
    bench.handlings.seconds["a"] = 100 * HOUR_SECONDS
    await bench.run_for(21_501.0, "a")
    assert bench.source.named("extend")[0].seconds == (12 * 3_600 - 5 - 21_500 - 1,)


@on_virtual_time
async def test_what_runs_for_twelve_hours_has_lost_its_lease(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock, visibility_seconds=3_600, slots=1)  # no room: nothing brings us a copy of it
        bench.handlings.seconds["a"] = 100 * HOUR_SECONDS
        await bench.run_for(12.5 * HOUR_SECONDS, "a")
    lost = [(entry["event"], entry["code"]) for entry in logs if entry["event"] == "message.lease_lost"]
    assert lost == [("message.lease_lost", "LifetimeOver")]


@on_virtual_time
async def test_what_has_not_started_for_eleven_and_a_half_hours_goes_back_while_the_source_takes_it(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, slots=1, visibility_seconds=1_000, lookahead_seconds=60.0)
    await bench.run_for(1.0, "quick")
    bench.handlings.seconds["slow"] = 100 * HOUR_SECONDS
    bench.send("slow", "waiting")
    await asyncio.sleep(11.9 * HOUR_SECONDS)
    assert bench.source.released() == [("waiting", 0)]
    assert bench.counted(Metric.LEASE_LOST) == 0


@on_virtual_time
async def test_what_is_settled_is_kept_no_more(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(HOUR_SECONDS, "a")
    assert bench.source.named("extend") == []


@on_virtual_time
async def test_what_is_settled_during_the_renewal_is_kept_no_more(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, latency_seconds=1.0)
    bench.handlings.seconds["a"] = 15.0
    await bench.run_for(HOUR_SECONDS, "a")
    assert len(bench.source.named("extend")) == 1
    assert bench.counted(Metric.LEASE_LOST) == 0
    assert bench.counted(Metric.DONE) == 1


@on_virtual_time
async def test_what_has_not_started_and_lost_its_lease_does_not_run_for_others_have_it(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, lookahead_seconds=300.0)
    await bench.run_for(1.0, "quick")
    bench.handlings.seconds["slow"] = 40.0
    bench.send("slow", "waiting")
    await asyncio.sleep(2.0)
    bench.take_away("waiting")
    assert bench.others_receive() == ["waiting"]
    await asyncio.sleep(60.0)
    assert bench.started == ["quick", "slow"]
    assert bench.in_hand == []
    assert bench.counted(Metric.LEASE_LOST) == 1
    assert bench.worker.pool.budget.pending == 0


@on_virtual_time
async def test_the_group_of_one_that_is_lost_before_it_starts_goes_back(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, slots=1, lookahead_seconds=300.0)
    bench.send("quick", group="q")
    await bench.run_for(1.0)
    bench.handlings.seconds["slow"] = 40.0
    bench.send("slow", group="s")
    bench.send("g1", "g2", group="g")
    await asyncio.sleep(2.0)
    refuse(bench, "g1")
    await asyncio.sleep(15.0)
    assert bench.source.released() == [("g2", 0)]


@on_virtual_time
async def test_what_runs_and_lost_its_lease_is_acknowledged_all_the_same_and_lost_only_once(
    clock: ManualClock,
) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        bench.handlings.seconds["a"] = 20.0
        await bench.run_for(1.0, "a")
        item = bench.item("a")
        refuse(bench, "a")
        await asyncio.sleep(15.0)
        assert item.lease_lost
        refuse(bench, "a")
        await asyncio.sleep(10.0)
    assert bench.source.bodies("acknowledge") == [["a"]]
    assert item.fate is Fate.LEASE_LOST
    assert bench.counted(Metric.LEASE_LOST) == 1
    assert [entry["event"] for entry in logs].count("message.lease_lost") == 1


@on_virtual_time
async def test_a_refused_old_handle_loses_nothing_where_a_newer_one_came(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["a"] = 60.0
    await bench.run_for(14.0, "a")
    bench.source.late_seconds["extend"] = 4.0  # the copy is here before the answer that refuses the older handle
    old = bench.item("a").message.receipt_handle
    refuse(bench, "a")
    await asyncio.sleep(1.5)
    bench.take_away("a")
    await asyncio.sleep(10.0)
    assert bench.item("a").message.receipt_handle != old
    assert bench.counted(Metric.LEASE_LOST) == 0
    await asyncio.sleep(20.0)
    assert bench.source.named("extend")[-1].messages[0].receipt_handle != old


@on_virtual_time
async def test_a_source_that_is_away_is_asked_again_while_the_lease_lives(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["a"] = 28.0
    for _ in range(4):
        bench.faults.fail_next(Metric.REQUEST_EXTEND, AWAY)
    await bench.run_for(29.0, "a")
    assert len(bench.source.named("extend")) == 5
    assert bench.counted(Metric.LEASE_LOST) == 0
    assert bench.counted(Metric.DONE) == 1


@on_virtual_time
async def test_one_refused_entry_is_tried_again_and_the_others_are_not(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.usual_seconds = 25.0
    await bench.run_for(1.0, "a", "b")
    refuse(bench, "b", code="InternalError", retryable=True)
    await asyncio.sleep(20.0)
    assert bench.source.bodies("extend") == [["a", "b"], ["b"]]
    assert bench.counted(Metric.LEASE_LOST) == 0


@on_virtual_time
async def test_a_lease_that_could_not_be_renewed_in_time_is_lost(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        bench.handlings.seconds["a"] = 100.0
        await bench.run_for(1.0, "a")
        bench.faults.begin_outage(AWAY)
        await asyncio.sleep(60.0)
    lost = [entry["code"] for entry in logs if entry["event"] == "message.lease_lost"]
    assert lost == ["ExpiredUnrenewed"]


@on_virtual_time
async def test_a_held_head_that_lost_its_lease_is_not_tried_again(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, retry_initial_seconds=40)
    bench.handlings.outcomes["g1"] = [FAILED]
    await bench.run_for(1.0, "g1", "g2", group="g")
    bench.take_away("g1")
    bench.take_away("g2")
    assert bench.others_receive() == ["g1", "g2"]
    await asyncio.sleep(60.0)
    assert bench.started == ["g1"]
    assert bench.in_hand == []


@on_virtual_time
async def test_many_short_messages_leave_no_renewals_behind(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, visibility_seconds=40_000, slots=10)
    bench.handlings.usual_seconds = 0.001
    await bench.run_for(60.0, *[str(number) for number in range(2_000)])
    assert len(bench.started) == 2_000
    await asyncio.sleep(10 * HOUR_SECONDS)
    assert bench.source.named("extend") == []


@on_virtual_time
async def test_after_the_machine_stood_still_leases_are_renewed_before_anything_else_is_asked(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, slots=2, lookahead_seconds=300.0)
    bench.handlings.usual_seconds = 3.0
    await bench.run_for(10.0, *[f"message {number}" for number in range(30)])
    kept, asked = set(bench.in_hand), len(bench.source.calls)
    assert len(kept) > 10
    clock.advance(25.0)
    woke_mono = clock.mono()
    await asyncio.sleep(1.0)
    calls = bench.source.calls[asked:]
    extends = [call for call in calls if call.name == "extend"]
    assert calls[: len(extends)] == extends
    assert {call.begun_mono for call in extends[:2]} == {woke_mono}
    assert {message.body for call in extends for message in call.messages} >= kept


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (Outcome(OutcomeKind.WAIT, "", None, ManualClock().utc() + 620.0), 600),
        (Outcome(OutcomeKind.WAIT, "", inf), 12 * 3_600 - 25),
        (Outcome(OutcomeKind.UNAVAILABLE, "", inf), 12 * 3_600 - 25),
    ],
)
def test_one_whose_lease_is_lost_goes_back_for_the_time_that_its_handler_named(outcome: Outcome, seconds: int) -> None:
    @on_virtual_time
    async def goes(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, slots=1, batch_size=2)
        bench.handlings.seconds |= {"a": 20.0, "b": 20.0}
        bench.handlings.outcomes["a"] = [outcome]
        await bench.run_for(1.0, "a", "b")
        refuse(bench, "a")
        await asyncio.sleep(20.0)
        assert (bench.source.released(), bench.loop_errors) == ([("a", seconds)], [])
        assert bench.counted(Metric.DONE) == 1, "that of the same call is deleted all the same"

    goes()
