"""Ordered groups in flight: one at a time, a failed head holds its place, and a group goes back whole."""

from __future__ import annotations

import asyncio

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, REJECTED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Metric, Outcome, OutcomeKind

AWAY = SourceUnavailable("no route", code="ConnectTimeout")


@on_virtual_time
async def test_of_a_group_one_runs_at_a_time_and_in_order_while_others_run_beside_it(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.send("g1", "g2", group="g")
    bench.send("h1", group="h")
    await bench.run_for(0.03)
    assert bench.started == ["g1", "h1"]
    await asyncio.sleep(0.5)
    assert bench.started == ["g1", "h1", "g2"]
    *first, last = bench.source.bodies("acknowledge")  # told at once: others wait for it
    assert (sorted(first), last) == ([["g1"], ["h1"]], ["g2"])


@on_virtual_time
async def test_the_next_waits_until_the_one_before_is_acknowledged_not_only_handled(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.faults.fail_next(Metric.REQUEST_ACKNOWLEDGE, AWAY)
    await bench.run_for(0.15, "g1", "g2", group="g")
    assert bench.started == ["g1"]
    await bench.until(lambda: bench.started == ["g1", "g2"])


@on_virtual_time
async def test_a_batch_never_holds_two_of_one_group(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, batch_size=10, slots=1)
    for number in (1, 2):
        bench.send(f"g{number}", group="g")
        bench.send(f"h{number}", group="h")
    await bench.run_for(0.03)
    assert bench.started == ["g1", "h1"]


@on_virtual_time
async def test_a_failed_head_is_tried_again_in_place_and_holds_what_is_behind_it(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, retry_initial_seconds=8)
    bench.handlings.outcomes["g1"] = [FAILED]
    await bench.run_for(7.9, "g1", "g2", group="g")
    assert bench.started == ["g1"]
    await asyncio.sleep(1)
    assert bench.started == ["g1", "g1", "g2"]
    assert [message.tries for _, message in bench.runner.started] == [1, 2, 1]
    assert bench.source.named("release") == []
    assert bench.counted(Metric.FAILED) == 1


@on_virtual_time
async def test_a_head_asks_for_its_own_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.outcomes["g1"] = [Outcome(OutcomeKind.RETRY, "later", 2.5)]
    await bench.run_for(5.0, "g1", "g2", group="g")
    (first, _), (again, _), _ = bench.runner.started
    assert 2.5 <= again - first - bench.handlings.usual_seconds < 2.51
    assert bench.counted(Metric.RETRIED) == 1


@on_virtual_time
async def test_the_leases_of_a_held_head_and_its_followers_are_kept(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.outcomes["g1"] = [Outcome(OutcomeKind.RETRY, "much later", 3_600.0)]
    await bench.run_for(3_000.0, "g1", "g2", group="g")
    assert bench.others_receive() == []
    await asyncio.sleep(700)
    assert bench.started == ["g1", "g1", "g2"]
    assert bench.counted(Metric.LEASE_LOST) == 0


@on_virtual_time
async def test_what_a_held_head_keeps_waiting_takes_no_room_from_other_groups(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, slots=4, prefetch_limit=4)
    bench.handlings.outcomes["g1"] = [Outcome(OutcomeKind.RETRY, "later", 60.0)]
    await bench.run_for(1.0, "g1", "g2", "g3", "g4", group="g")
    assert bench.worker.pool.budget.pending == 0
    bench.send("h1", group="h")
    await asyncio.sleep(5)
    assert bench.started == ["g1", "h1"]


@on_virtual_time
async def test_a_head_whose_tries_are_used_up_is_dead_lettered_by_us_and_its_group_goes_on(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, max_receives=3)
    bench.handlings.outcomes["g1"] = FAILED
    await bench.run_for(60.0, "g1", "g2", "g3", group="g")
    assert bench.started == ["g1", "g1", "g1", "g2", "g3"]
    (call,) = bench.source.named("dead_letter")
    assert call.reason == "failed at its last try, number 3: boom"
    assert (bench.dead_letters(), bench.left()) == (["g1"], [])
    assert (bench.counted(Metric.FAILED), bench.counted(Metric.REJECTED)) == (3, 1)


@on_virtual_time
async def test_six_innocents_behind_a_head_that_always_fails_are_all_done(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, max_receives=3)
    bench.handlings.outcomes["g0"] = FAILED
    bodies = [f"g{number}" for number in range(9)]
    await bench.run_for(120.0, *bodies, group="g")
    assert (bench.dead_letters(), bench.left()) == (["g0"], [])
    assert bench.started[3:] == bodies[1:]


@on_virtual_time
async def test_where_there_is_no_dead_letter_queue_a_head_is_tried_on_in_place(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, max_receives=3, has_dead_letter_queue=False)
    bench.handlings.outcomes["g1"] = [FAILED] * 5
    await bench.run_for(60.0, "g1", "g2", group="g")
    assert bench.started == ["g1"] * 6 + ["g2"]


@on_virtual_time
async def test_a_rejected_head_with_nowhere_to_go_goes_back_behind_its_whole_group(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock, fifo=True, has_dead_letter_queue=False, retry_max_seconds=900)
        bench.handlings.outcomes["g1"] = REJECTED
        await bench.run_for(10.0, "g1", "g2", "g3", group="g")
    assert bench.source.released() == [("g2", 0), ("g3", 0), ("g1", 900)]
    assert bench.started == ["g1"]
    assert [entry["event"] for entry in logs].count("message.no_dead_letter_queue") == 1


@on_virtual_time
async def test_a_rejected_message_lets_its_group_go_on(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.outcomes["g1"] = REJECTED
    await bench.run_for(5.0, "g1", "g2", group="g")
    assert bench.started == ["g1", "g2"]
    assert bench.dead_letters() == ["g1"]


@on_virtual_time
async def test_after_a_lost_acknowledgement_the_rest_of_the_group_goes_back(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.seconds["g1"] = 2.0
    await bench.run_for(1.0, "g1", "g2", group="g")
    bench.faults.refuse(bench.item("g1").message.receipt_handle, code="ReceiptHandleIsInvalid", retryable=False)
    await asyncio.sleep(1.5)
    assert bench.source.bodies("release") == [["g2"]]
    assert bench.started == ["g1"]


@on_virtual_time
async def test_a_failed_head_whose_lease_is_lost_is_not_tried_again_here(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.seconds["g1"], bench.handlings.outcomes["g1"] = 20.0, FAILED
    await bench.run_for(1.0, "g1", "g2", group="g")
    for body in ("g1", "g2"):
        bench.take_away(body)
    assert bench.others_receive() == ["g1", "g2"]
    await asyncio.sleep(100)
    assert bench.started == ["g1"]
    assert bench.in_hand == []


@on_virtual_time
async def test_poison_keeps_its_place_what_is_behind_it_waits_until_it_is_dead_lettered(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True)
    first, *_ = bench.send("g1", "g2", group="g")
    bench.deaths[first] = 3
    bench.faults.fail_next(Metric.REQUEST_DEAD_LETTER, AWAY)
    await bench.run_for(0.1)
    assert bench.started == []
    await asyncio.sleep(5)
    assert bench.started == ["g2"]
    assert bench.dead_letters() == ["g1"]


@on_virtual_time
async def test_a_group_that_waited_for_all_that_the_source_allows_goes_back_whole_its_head_last(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.outcomes["g1"] = [Outcome(OutcomeKind.RETRY, "in a day", 43_200.0)]
    await bench.run_for(11.6 * 3_600, "g1", "g2", "g3", group="g")
    call = bench.source.named("release")[0]
    assert [message.body for message in call.messages] == ["g2", "g3", "g1"]
    assert call.seconds[:2] == (0, 0)
    assert 0 < call.seconds[2] < 43_200 - 11.4 * 3_600
    assert bench.counted(Metric.LEASE_LOST) == 0


@on_virtual_time
async def test_copies_of_a_group_that_just_went_back_come_in_order(clock: ManualClock) -> None:
    """The answer to the release is lost, and the group is here again before that is found out."""
    bench = DeliveryBench(clock, fifo=True)
    bench.handlings.seconds["g1"] = 2.0
    await bench.run_for(1.0, "g1", "g2", "g3", group="g")
    bench.faults.refuse(bench.item("g1").message.receipt_handle, code="ReceiptHandleIsInvalid", retryable=False)
    bench.faults.fail_next(Metric.REQUEST_RELEASE, AWAY, done=True)
    await asyncio.sleep(1.1)
    await asyncio.sleep(60)
    assert bench.started == ["g1", "g1", "g2", "g3"]
    assert bench.left() == []


@on_virtual_time
async def test_poison_with_nowhere_to_go_goes_back_behind_its_whole_group(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, has_dead_letter_queue=False, retry_max_seconds=900)
    first, _, _ = bench.send("g1", "g2", "g3", group="g")
    bench.deaths = {first: 3}
    await bench.run_for(5.0)
    (call,) = bench.source.named("release")
    assert ([message.body for message in call.messages], call.seconds) == (["g2", "g3", "g1"], (0, 0, 900))
    assert bench.started == []


@on_virtual_time
async def test_at_a_stop_too_poison_with_nowhere_to_go_goes_back_behind_its_whole_group(clock: ManualClock) -> None:
    """Its group was to go back when the last poll had ended; the answer about itself came before that."""
    bench = DeliveryBench(clock, fifo=True, has_dead_letter_queue=False, retry_max_seconds=900, wait_seconds=20)
    bench.source.late_seconds["dead_letter"] = 1.8
    first, _, _ = bench.send("g1", "g2", "g3", group="g")
    bench.deaths = {first: 3}
    await bench.run_for(1.0)
    await bench.worker.stop(drain_seconds=0.5)
    (call,) = bench.source.named("release")
    assert ([message.body for message in call.messages], call.seconds) == (["g2", "g3", "g1"], (0, 0, 900))
