"""One receive: what it asks for, and what is said about it."""

from __future__ import annotations

import pytest

from doubles.delivery_bench import Bench
from punctuald.delivery.receive import Receive
from punctuald.errors import SourceUnavailable
from punctuald.model import Counter


def receive_of(bench: Bench) -> Receive:
    return Receive(bench.lane.terms, bench.recorder, bench.clock)


def test_it_asks_for_so_many_and_waits_so_long_and_tells_for_how_long_they_are_ours() -> None:
    bench = Bench()
    bench.recorder.p99 = 20.0
    bench.source.deliveries = [bench.messages(0, 3)]
    received = receive_of(bench)(7, 1.5)
    assert bench.source.receives == [(7, 1.5, 60)]
    assert [message.id for message in received.messages] == ["0", "1", "2"]
    assert received.visibility_seconds == 60


@pytest.mark.parametrize(
    ("cpu_seconds", "waited_seconds"),
    [(0.125, 0.375), (2.0, 0.0)],
    ids=["as long as it worked", "more CPU than time: other threads"],
)
def test_what_it_took_while_this_process_worked_was_no_waiting_for_the_source(
    cpu_seconds: float, waited_seconds: float
) -> None:
    bench = Bench()

    def work_and_wait() -> None:
        bench.manual.advance(0.5)
        bench.manual.spend(cpu_seconds)

    bench.source.during["receive"] = work_and_wait
    received = receive_of(bench)(10, 0.0)
    assert (received.call_seconds, received.waited_seconds) == (0.5, waited_seconds)


@pytest.mark.parametrize(("count", "empty"), [(0, 1), (1, 0)])
def test_one_that_brings_nothing_is_counted(count: int, empty: int) -> None:
    bench = Bench()
    bench.source.deliveries = [bench.messages(0, count)]
    receive_of(bench)(10, 0.0)
    assert bench.counted(Counter.RECEIVE_EMPTY) == empty


def test_one_that_fails_is_no_empty_one_and_its_error_is_for_the_caller() -> None:
    bench = Bench()
    bench.source.errors["receive"] = [SourceUnavailable("no route", code="ConnectTimeout")]
    with pytest.raises(SourceUnavailable, match="no route"):
        receive_of(bench)(10, 0.0)
    assert bench.counted(Counter.RECEIVE_EMPTY) == 0
    assert bench.counted(Counter.SOURCE_ERROR) == 0
