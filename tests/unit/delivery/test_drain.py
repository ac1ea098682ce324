"""The stop of a worker's delivery: nothing is lost, and each message's fate is told."""

from __future__ import annotations

import threading

import pytest

from doubles.delivery_bench import Bench, ScriptedSource
from punctuald.clock import SystemClock
from punctuald.delivery.drain import Drain
from punctuald.delivery.inflight import Fate
from punctuald.errors import SourceUnavailable
from punctuald.model import DONE

OUR_THREADS = ("receiver-", "relief-", "settler-", "keeper-")


def drain_of(bench: Bench) -> Drain:
    return Drain(bench.shared, bench.lanes, bench.clock)


def released(bench: Bench) -> list[tuple[str, int]]:
    return [(release.message.id, release.after_seconds) for call in bench.source.released for release in call]


def test_what_did_not_start_goes_back_at_once_and_what_runs_may_finish() -> None:
    bench = Bench()
    bench.receive(bench.message("running"), bench.message("waiting"))
    running = bench.take()
    drain = drain_of(bench)
    drain.begin()
    bench.settle_due()
    assert released(bench) == [("waiting", 0)]
    bench.settle(*running)
    assert drain.fates() == {"running": Fate.ACKNOWLEDGED, "waiting": Fate.RELEASED}


def test_leases_are_kept_while_it_drains() -> None:
    bench = Bench()
    bench.receive(bench.message("running"))
    bench.take()
    drain_of(bench).begin()
    bench.manual.advance(15)
    assert bench.keeper.step()


def test_what_did_not_finish_in_time_goes_back_and_a_late_outcome_is_not_heard() -> None:
    bench = Bench()
    bench.receive(bench.message("slow"))
    (slow,) = bench.take()
    drain = drain_of(bench)
    drain.begin()
    assert drain.give_up_unfinished() == (slow,)
    bench.settle(slow, outcome=DONE)
    assert released(bench) == [("slow", 0)]
    assert bench.source.acknowledged == []


def test_what_could_not_be_told_to_the_source_is_left_to_expire_and_said_so() -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    bench.source.errors["acknowledge"] = [SourceUnavailable("no route", code="ConnectTimeout")]
    items = bench.take()
    drain = drain_of(bench)
    drain.begin()
    bench.settle(*items)
    assert drain.fates() == {"a": Fate.LEFT_TO_EXPIRE}
    assert drain.summary()["left_to_expire"] == 1


def test_a_group_goes_back_in_order_at_the_stop() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    bench.receive(*[bench.message(f"g{number}", group="g") for number in (1, 2, 3)])
    drain_of(bench).begin()
    bench.settle_due()
    assert released(bench) == [("g1", 0), ("g2", 0), ("g3", 0)]


def test_the_next_of_a_group_does_not_start_during_the_stop() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    bench.receive(bench.message("g1", group="g"), bench.message("g2", group="g"))
    running = bench.take_all()
    drain_of(bench).begin()
    bench.settle(*running)
    assert bench.take() == []
    assert released(bench) == [("g2", 0)]


@pytest.mark.parametrize("messages", [0, 30])
def test_with_all_threads_running_everything_is_done_once_and_every_thread_ends(messages: int) -> None:
    bench = Bench(clock=SystemClock(), slots=2, wait_seconds=0, poll_interval_seconds=0.01)
    handled: list[str] = []

    def slot() -> None:
        while items := bench.buffer.take():
            handled.extend(item.id for item in items)
            for item in items:
                item.outcome = DONE
            bench.settler.settle(items)

    all_done = threading.Event()
    bench.source.deliveries = [[bench.message(str(number), tier="batch_mode")] for number in range(messages)]
    slots = [threading.Thread(target=slot, daemon=True) for _ in range(2)]
    for thread in slots:
        thread.start()
    bench.lane.start()
    deadline_mono = bench.clock.mono() + 10
    while len(handled) < messages and bench.clock.mono() < deadline_mono:
        all_done.wait(0.005)
    drain = drain_of(bench)
    drain.begin()
    for thread in slots:
        thread.join(5)
    assert drain.wait_received(deadline_mono)
    assert drain.flush(deadline_mono)
    drain.end()
    assert sorted(handled, key=int) == [str(number) for number in range(messages)]
    assert len(bench.recorder.samples) == messages
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(OUR_THREADS)]
    assert bench.crashes == []


def test_a_thread_that_dies_of_our_own_fault_is_heard() -> None:
    fault = RuntimeError("a fault of our own")
    bench = Bench(clock=SystemClock())
    failing = threading.Event()

    def fail() -> None:
        failing.set()
        raise fault

    bench.source.during["receive"] = fail
    bench.lane.start()
    drain = drain_of(bench)
    assert failing.wait(5)
    drain.begin()
    assert bench.lane.wait_received(5)
    drain.end()
    assert bench.crashes == [fault]
