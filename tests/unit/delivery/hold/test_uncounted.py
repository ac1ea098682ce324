"""What an ill worker's messages come to: another worker's, and at their last receive a second chance here."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.hold.uncounted import ONCE_MORE_SECONDS
from punctuald.errors import SourceUnavailable
from punctuald.model import DONE, Metric, Outcome, OutcomeKind

ILL = Outcome(OutcomeKind.FAILED, "OSError: too many open files", illness="out of file descriptors")


def ill_worker(clock: ManualClock, *, ills: int = 0, **options: Any) -> tuple[DeliveryBench, list[str], list[str]]:
    """What it says when it falls ill, and which messages met that; it stops receiving as a real one does."""
    bench = DeliveryBench(clock, **options)
    said: list[str] = []
    met: list[str] = []

    def fell_ill(reason: str) -> None:
        said.append(reason)
        bench.consumer.receive_no_more()

    bench.worker.context.illness.workers_ill = lambda _: ills
    bench.worker.context.illness.listen(fell_ill, met.append)
    return bench, said, met


@on_virtual_time
async def test_it_goes_back_at_once_uncounted_and_the_worker_receives_no_more(clock: ManualClock) -> None:
    bench, said, met = ill_worker(clock)
    bench.handlings.outcomes["a"] = ILL
    with capture_logs() as log:
        [message_id] = bench.send("a")
        await bench.run_for(1.0)
    assert (said, met) == (["out of file descriptors"], [message_id])
    assert [body for body, _ in bench.source.released()] == ["a"]
    assert bench.counted(Metric.FAILED) == bench.counted(Metric.RETRIED) == 0
    assert bench.counted(Metric.RELEASED) == 1
    assert [line["in_place"] for line in log if line["event"] == "message.uncounted"] == [False]
    await asyncio.sleep(60)
    bench.send("b")
    await asyncio.sleep(60)
    assert bench.started == ["a"]


@on_virtual_time
async def test_while_a_poll_of_our_own_is_under_way_it_stays_hidden_from_it(clock: ManualClock) -> None:
    bench, _, _ = ill_worker(clock, wait_seconds=20)
    bench.handlings.outcomes["a"] = ILL
    bench.handlings.seconds["a"] = 5.0
    await bench.run_for(60.0, "a")
    [(_, hidden_seconds)] = bench.source.released()
    assert hidden_seconds > 20
    assert bench.started == ["a"]


@on_virtual_time
async def test_at_its_last_receive_it_is_tried_once_more_here_which_is_no_try(clock: ManualClock) -> None:
    bench, _, met = ill_worker(clock, max_receives=1)
    bench.handlings.outcomes["a"] = [ILL, DONE]
    begun_mono = clock.mono()
    await bench.run_for(10.0, "a")
    assert bench.started == ["a", "a"]
    assert {message.tries for _, message in bench.runner.started} == {1}
    assert bench.counted(Metric.DONE) == 1
    assert bench.counted(Metric.FAILED) == 0
    assert len(met) == 1
    assert clock.mono() - begun_mono > ONCE_MORE_SECONDS
    assert bench.dead_letters() == []


@on_virtual_time
async def test_a_second_chance_that_fails_too_is_an_ordinary_failure(clock: ManualClock) -> None:
    bench, _, _ = ill_worker(clock, max_receives=1)
    bench.handlings.outcomes["a"] = ILL
    await bench.run_for(10.0, "a")
    assert bench.started == ["a", "a"]
    assert bench.counted(Metric.FAILED) == 1


@on_virtual_time
async def test_over_which_worker_after_worker_fell_ill_has_failed_and_this_one_has_not(clock: ManualClock) -> None:
    bench, said, _ = ill_worker(clock, ills=3)
    bench.handlings.outcomes["a"] = [ILL, DONE]
    await bench.run_for(60.0, "a")
    assert said == []
    assert (bench.counted(Metric.FAILED), bench.counted(Metric.DONE)) == (1, 1)


@on_virtual_time
async def test_an_ordered_group_goes_back_whole_the_head_last(clock: ManualClock) -> None:
    bench, _, _ = ill_worker(clock, fifo=True)
    bench.handlings.outcomes["1"] = ILL
    await bench.run_for(10.0, "1", "2", "3", group="g")
    assert [body for body, _ in bench.source.released()] == ["2", "3", "1"]
    assert bench.started == ["1"]
    await asyncio.sleep(30)
    assert bench.others_receive() == ["1", "2", "3"]


@on_virtual_time
async def test_a_group_of_which_one_would_not_come_again_stays_and_is_tried_once_more(clock: ManualClock) -> None:
    bench, _, _ = ill_worker(clock, fifo=True, max_receives=1)
    bench.handlings.outcomes["1"] = [ILL, DONE]
    await bench.run_for(10.0, "1", "2", group="g")
    assert bench.started == ["1", "1", "2"]
    assert bench.counted(Metric.DONE) == 2
    assert bench.source.released() == []
    assert bench.dead_letters() == []


@pytest.mark.parametrize("call", ["receive", "acknowledge", "extend"])
def test_a_call_of_ours_that_runs_into_it_makes_the_worker_ill(call: str) -> None:
    @on_virtual_time
    async def calls(clock: ManualClock) -> None:
        bench, said, _ = ill_worker(clock)
        metric = {"receive": Metric.REQUEST_RECEIVE, "acknowledge": Metric.REQUEST_ACKNOWLEDGE}.get(
            call, Metric.REQUEST_EXTEND
        )
        away = SourceUnavailable("no connection", code="EndpointConnectionError")
        away.__cause__ = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        bench.faults.fail_next(metric, away)
        bench.handlings.usual_seconds = 20.0
        await bench.run_for(60.0, "a")
        assert said == ["out of file descriptors"]

    calls()


@on_virtual_time
async def test_a_server_that_is_away_makes_nobody_ill(clock: ManualClock) -> None:
    bench, said, _ = ill_worker(clock)
    away = SourceUnavailable("no connection", code="EndpointConnectionError")
    away.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
    bench.faults.fail_next(Metric.REQUEST_RECEIVE, away)
    await bench.run_for(60.0, "a")
    assert said == []
    assert bench.counted(Metric.DONE) == 1
