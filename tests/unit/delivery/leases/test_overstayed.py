"""A lease can be renewed for twelve hours at most: what becomes of messages that wait longer than that."""

from __future__ import annotations

import asyncio

import pytest

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import DONE, Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.lease import WAITING_SECONDS

HOUR_SECONDS = 3_600.0
TOMORROW = Outcome(OutcomeKind.WAIT, "an appointment", 43_200.0)
AWAY = Outcome(OutcomeKind.UNAVAILABLE, "connection refused", downstream="postgres")


def make_old(bench: DeliveryBench) -> None:
    """As if all had been received eleven and a half hours earlier."""
    for item in bench.consumer.table.all():
        item.received_mono -= WAITING_SECONDS


@pytest.mark.parametrize("fifo", [False, True])
def test_what_would_not_come_again_runs_before_its_lease_is_over_though_it_is_not_due(*, fifo: bool) -> None:
    @on_virtual_time
    async def runs(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, fifo=fifo, max_receives=1)
        bench.handlings.outcomes["a"] = [TOMORROW]
        await bench.run_for(11.4 * HOUR_SECONDS, "a", group="g" if fifo else None)
        assert bench.started == ["a"]
        await asyncio.sleep(0.5 * HOUR_SECONDS)
        assert (bench.started, bench.counted(Metric.DONE)) == (["a", "a"], 1)
        assert (bench.source.released(), bench.dead_letters(), bench.left()) == ([], [], [])

    runs()


@on_virtual_time
async def test_if_it_still_wants_to_wait_then_it_has_failed(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=1)
    bench.handlings.outcomes["a"] = [TOMORROW] * 9
    await bench.run_for(11.9 * HOUR_SECONDS, "a")
    assert (bench.started, bench.counted(Metric.FAILED)) == (["a", "a"], 1)


@on_virtual_time
async def test_what_is_held_for_its_downstream_is_tried_again_and_again_if_it_would_not_come_again(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, max_receives=1)
    is_up = [False]
    bench.handlings.verdict = lambda _: DONE if is_up[0] else AWAY
    await bench.run_for(5.0, "a", "b", "c")
    make_old(bench)
    await asyncio.sleep(600.0)
    assert (sorted(bench.in_hand), bench.source.released()) == (["a", "b", "c"], [])
    is_up[0] = True
    await asyncio.sleep(60.0)
    assert (bench.counted(Metric.DONE), bench.dead_letters()) == (3, [])


@on_virtual_time
async def test_what_waits_for_a_slot_at_its_last_receive_waits_on(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=1, max_receives=1, lookahead_seconds=60.0)
    await bench.run_for(1.0, "quick")
    bench.handlings.seconds["long"] = 11.8 * HOUR_SECONDS
    bench.send("long", "next")
    await asyncio.sleep(11.9 * HOUR_SECONDS)
    assert (bench.counted(Metric.DONE), bench.dead_letters()) == (3, [])


@on_virtual_time
async def test_what_goes_back_has_its_lease_renewed_no_more(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.verdict = lambda _: AWAY
    await bench.run_for(5.0, "a", "b")
    make_old(bench)
    await asyncio.sleep(60.0)
    assert bench.source.released() == [("a", 900), ("b", 900)]
    [*_, released] = [place for place, call in enumerate(bench.source.calls) if call.name == "release"]
    assert "extend" not in [call.name for call in bench.source.calls[released:]]
