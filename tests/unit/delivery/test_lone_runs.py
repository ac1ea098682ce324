"""Suspects run with nothing beside them: what a lone run does to the rest of its worker, and what it says of itself."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.lone_run import ONLY_SUSPECTS_SECONDS, PATIENCE_SECONDS, REST_SECONDS


def begun(bench: DeliveryBench) -> dict[str, float]:
    """When the last handling of each body began, from the first of all."""
    first_mono = bench.runner.started[0][0]
    return {message.body: mono - first_mono for mono, message in bench.runner.started}


class OtherHasIt:
    """See `Turn`: another worker runs a suspect alone, until it `leaves`."""

    def __init__(self) -> None:
        self.is_free = False
        self.is_ours = False

    def take(self, now_mono: float) -> bool:  # noqa: ARG002  # the port's
        self.is_ours = self.is_free
        return self.is_ours

    def leave(self) -> None:
        self.is_ours = False


@on_virtual_time
async def test_suspects_run_one_by_one_and_are_cleared_when_they_are_done(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=4)
    bench.handlings.usual_seconds = 1.0
    ids = bench.send("a", "b", "c")
    bench.deaths, bench.lone_deaths = dict.fromkeys(ids, 1), {}
    with capture_logs() as log:
        await bench.run_for(5.0)
    starts = [mono for mono, _ in bench.runner.started]
    assert bench.started == ["a", "b", "c"]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(starts))
    assert starts[-1] - starts[0] < 2.2, "each begins as soon as the one before it has ended"
    assert bench.worker.cleared == ids
    said = [
        (line["event"], line["message_id"])
        for line in log
        if line["event"] in {"message.runs_alone", "message.cleared"}
    ]
    assert said == [(name, each) for each in ids for name in ("message.runs_alone", "message.cleared")]
    assert bench.left() == bench.dead_letters() == []


@on_virtual_time
async def test_a_suspect_lets_what_runs_end_and_others_wait_for_it_with_their_leases_kept(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=4, visibility_seconds=5)
    quick = [f"quick {number}" for number in range(20)]
    await bench.run_for(2.0, *quick)
    bench.handlings.seconds = {"long": 3.0, "suspect": 20.0}
    bench.send("long")
    await asyncio.sleep(1.0)
    others = [f"other {number}" for number in range(5)]
    (suspect,) = bench.send("suspect")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    bench.send(*others)
    await asyncio.sleep(10.0)
    in_hand = [body for body in others if body in bench.in_hand]
    assert bench.in_hand == ["suspect", *in_hand]
    assert len(in_hand) >= 3
    assert set(bench.others_receive()).isdisjoint(in_hand)
    await asyncio.sleep(15.0)
    times = {body: mono - begun(bench)["long"] for body, mono in begun(bench).items()}
    assert 3.0 <= times["suspect"] < 3.1
    assert all(23.0 <= times[body] < 23.3 for body in in_hand)
    assert bench.counted(Metric.LEASE_LOST) == bench.counted(Metric.RELEASED) == 0


@on_virtual_time
async def test_nothing_is_received_that_would_only_wait_for_a_lone_run(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=4)
    bench.handlings.seconds["suspect"] = 60.0
    (suspect,) = bench.send("suspect")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    await bench.run_for(25.0)  # beyond the long poll that was under way
    bench.send("other")
    await asyncio.sleep(20.0)
    assert bench.in_hand == ["suspect"]
    assert bench.others_receive() == ["other"]
    bench.send("another")
    await asyncio.sleep(20.0)
    assert bench.started == ["suspect", "another"]


@on_virtual_time
async def test_one_that_raises_is_cleared_too_and_its_next_try_is_an_ordinary_one(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, retry_initial_seconds=1)
    bench.handlings.outcomes["g1"] = [FAILED]
    (suspect,) = bench.send("g1", group="g")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    with capture_logs() as log:
        await bench.run_for(5.0)
    assert bench.started == ["g1", "g1"]
    assert bench.worker.cleared == [suspect]
    assert len([line for line in log if line["event"] == "message.runs_alone"]) == 1


@on_virtual_time
async def test_what_was_given_back_while_it_ran_alone_is_not_cleared(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.seconds["suspect"] = 60.0
    (suspect,) = bench.send("suspect")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    await bench.run_for(1.0)
    await bench.worker.stop(drain_seconds=5.0)
    await asyncio.sleep(120.0)
    assert bench.worker.cleared == []
    assert bench.left() == ["suspect"]


@on_virtual_time
async def test_while_another_worker_runs_one_alone_ours_wait_and_everything_else_runs(clock: ManualClock) -> None:
    turn = OtherHasIt()
    bench = DeliveryBench(clock, slots=2, turn=turn, wait_seconds=1)
    bench.handlings.usual_seconds = 0.3
    (suspect,) = bench.send("suspect")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    others = [f"other {number}" for number in range(20)]
    await bench.run_for(2.0, *others)
    assert "suspect" not in bench.started
    assert len(bench.started) > 8
    turn.is_free = True
    await asyncio.sleep(0.8)
    assert "suspect" in bench.started
    await asyncio.sleep(5.0)
    assert sorted(bench.started) == sorted(["suspect", *others])
    assert not turn.is_ours


@on_virtual_time
async def test_a_worker_that_has_only_suspects_needs_no_turn(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, turn=OtherHasIt())
    ids = bench.send("a", "b")
    bench.deaths, bench.lone_deaths = dict.fromkeys(ids, 1), {}
    await bench.run_for(0.9 * ONLY_SUSPECTS_SECONDS)
    assert bench.started == []
    await asyncio.sleep(0.4)
    assert bench.started == ["a", "b"]


@on_virtual_time
async def test_one_that_a_worker_died_of_alone_comes_after_those_that_may_be_innocent(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    guilty, *others = bench.send("guilty", "a", "b")
    bench.deaths, bench.lone_deaths = {guilty: 2} | dict.fromkeys(others, 1), {guilty: 1}
    await bench.run_for(1.0)
    assert bench.started == ["a", "b", "guilty"]


@on_virtual_time
async def test_deaths_in_company_convict_nobody(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    unlucky, guilty = bench.send("unlucky", "guilty")
    bench.deaths, bench.lone_deaths = {unlucky: 7, guilty: 4}, {guilty: 3}
    await bench.run_for(1.0)
    assert bench.started == ["unlucky"]
    assert bench.dead_letters() == ["guilty"]
    (call,) = bench.source.named("dead_letter")
    assert call.reason == "3 workers died while they ran it"


@on_virtual_time
async def test_a_handler_that_takes_an_hour_does_not_stop_its_worker_for_a_suspect(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2, wait_seconds=1)
    bench.handlings.seconds["an hour"] = 3_600.0
    await bench.run_for(1.0, "an hour")
    (suspect,) = bench.send("suspect")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    await asyncio.sleep(3.0)
    bench.send("other")
    await asyncio.sleep(PATIENCE_SECONDS)
    assert bench.started == ["an hour", "other"]
    await asyncio.sleep(3_600.0 + PATIENCE_SECONDS + REST_SECONDS)
    assert bench.started == ["an hour", "other", "suspect"]
    assert bench.left() == []


@on_virtual_time
async def test_many_suspects_in_a_row_let_others_go_on_between_them(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=12)
    bench.handlings.usual_seconds = 3.0
    await bench.run_for(0.5, "first")
    ids = bench.send(*[f"suspect {number}" for number in range(10)])
    bench.deaths, bench.lone_deaths = dict.fromkeys(ids, 1), {}
    await asyncio.sleep(5.0)
    bench.send("other 1", "other 2")
    await asyncio.sleep(60.0)
    others = [bench.started.index(body) for body in ("other 1", "other 2")]
    assert all(3 < place < len(ids) for place in others)
    assert len(bench.started) == len(ids) + 3


@on_virtual_time
async def test_of_a_batch_handler_too_each_suspect_is_called_by_itself(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, batch_size=10, slots=1)
    ids = bench.send(*[f"m{number}" for number in range(5)])
    bench.deaths, bench.lone_deaths = dict.fromkeys(ids[:3], 1), {}
    await bench.run_for(2.0)
    starts = [mono for mono, _ in bench.runner.started]
    assert len(set(starts)) == 4, "three by themselves, and the other two together"
    assert sorted(bench.started) == [f"m{number}" for number in range(5)]


@on_virtual_time
async def test_a_suspect_in_a_group_runs_alone_in_its_order(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, fifo=True, slots=4)
    bench.handlings.usual_seconds = 1.0
    _, middle, _ = bench.send("g1", "g2", "g3", group="g")
    bench.send("h1", "h2", "h3", group="h")
    bench.deaths, bench.lone_deaths = {middle: 1}, {}
    await bench.run_for(10.0)
    times = begun(bench)
    assert [body for body in times if body[0] == "g"] == ["g1", "g2", "g3"]
    assert [body for body in times if times["g2"] - 1.0 < times[body] < times["g2"] + 1.0] == ["g2"]
    assert bench.left() == []


@on_virtual_time
async def test_at_a_stop_suspects_need_no_turn_and_run_one_by_one_while_there_is_time(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=2, turn=OtherHasIt(), wait_seconds=1)
    bench.handlings.usual_seconds = 1.0
    await bench.run_for(0.5, "first", "second")
    ids = bench.send("a", "b")
    bench.deaths, bench.lone_deaths = dict.fromkeys(ids, 1), {}
    bench.send(*[f"other {number}" for number in range(20)])
    await asyncio.sleep(5.0)
    assert bench.in_hand[:2] == ["a", "b"]
    assert not {"a", "b"} & set(bench.started)
    await bench.worker.stop(drain_seconds=30.0)
    assert {"a", "b"} < set(bench.started)
    assert bench.worker.cleared == ids
    assert bench.counted(Metric.RELEASED) == 0


@on_virtual_time
async def test_a_suspect_may_wait_and_is_an_ordinary_message_then(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes["a"] = [Outcome(OutcomeKind.WAIT, "later", 2.0)]
    (suspect,) = bench.send("a")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    await bench.run_for(5.0)
    assert bench.started == ["a", "a"]
    assert bench.worker.cleared == [suspect]


@on_virtual_time
async def test_beside_slow_handlers_and_a_backlog_a_suspect_runs_within_minutes_and_the_others_go_on(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, slots=8, lookahead_seconds=60.0)
    bench.handlings.usual_seconds = 30.0
    bench.start()
    for number in range(8):
        bench.send(f"first {number}")
        await asyncio.sleep(30.0 / 8)  # so that one ends and the next begins all the time
    (suspect,) = bench.send("suspect")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    bench.send(*[f"other {number}" for number in range(200)])
    await asyncio.sleep(300.0)
    assert "suspect" in bench.started
    assert len(bench.started) > 300 / 30 * 8 / 2, "half of the time at least"


@on_virtual_time
async def test_a_suspect_that_hangs_lets_the_others_run_at_a_stop_and_is_not_cleared(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, slots=4)
    bench.runner.time_limit_seconds = 20.0
    bench.handlings.seconds["suspect"] = 3_600.0
    (suspect,) = bench.send("suspect")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    await bench.run_for(2.0, "a", "b", "c")
    assert bench.started == ["suspect"]
    await asyncio.sleep(20.0)  # and then it is found stuck, and its worker is replaced
    await bench.worker.stop(drain_seconds=10.0)
    assert sorted(bench.started) == ["a", "b", "c", "suspect"]
    assert (bench.counted(Metric.DONE), bench.counted(Metric.RELEASED)) == (3, 1)
    assert bench.worker.cleared == []


@on_virtual_time
async def test_at_a_stop_others_wait_no_longer_than_at_a_first_attempt_however_many_were_in_vain(
    clock: ManualClock,
) -> None:
    bench = DeliveryBench(clock, slots=4, lookahead_seconds=60.0, wait_seconds=1.0)
    await bench.run_for(1.0, "first")
    bench.handlings.seconds["long"] = 1_000.0
    bench.send("long")
    await asyncio.sleep(1.0)
    (suspect,) = bench.send("suspect")
    bench.deaths, bench.lone_deaths = {suspect: 1}, {}
    await asyncio.sleep(2 * (10.0 + 20.0) - 1.0)  # and now it is about to wait for 40 s
    bench.handlings.usual_seconds = 1.5
    others = [f"other {number}" for number in range(8)]
    bench.send(*others)
    await asyncio.sleep(3.0)
    await bench.worker.stop(drain_seconds=30.0)
    assert set(others) <= set(bench.started)
