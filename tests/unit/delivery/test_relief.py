"""Receivers beside the first: called when one can't keep the slots busy, asleep again when it can."""

from __future__ import annotations

import threading

from doubles.delivery_bench import Bench
from punctuald.delivery.fetch import Fetch
from punctuald.delivery.receive import Receive
from punctuald.delivery.relief import Relief
from punctuald.errors import SourceUnavailable
from punctuald.model import Counter

SLOW_SECONDS = 0.01


def relief_of(bench: Bench, following: Relief | None = None) -> Relief:
    terms, recorder = bench.lane.terms, bench.recorder
    receive = Receive(terms, recorder, bench.clock)
    admission = bench.receiver._admission
    return Relief(
        Fetch(terms, room=bench.room, receive=receive, admission=admission, recorder=recorder),
        room=bench.room,
        recorder=recorder,
        following=following,
        begin=lambda _run: None,
    )


def idle(bench: Bench, slots: int) -> None:
    for _ in range(slots):
        bench.room.slot_waits()


def bring(bench: Bench, first: int, count: int) -> None:
    """The next receive takes its time, and brings so many."""
    bench.source.deliveries.append([bench.message(str(number)) for number in range(first, first + count)])
    bench.source.during["receive"] = lambda: bench.manual.advance(SLOW_SECONDS)


def test_it_receives_without_waiting_and_goes_on_while_it_gets_all_it_asked_for() -> None:
    bench = Bench(slots=20)
    relief = relief_of(bench)
    bring(bench, 0, 10)
    assert relief.step()
    bring(bench, 10, 3)
    assert not relief.step()
    assert [(asked, wait) for asked, wait, _ in bench.source.receives] == [(10, 0.0), (10, 0.0)]
    assert bench.hands.pending == 13


def test_where_there_is_no_room_it_sleeps_instead_of_waiting_for_some() -> None:
    bench = Bench(slots=4)
    bring(bench, 0, 4)
    bench.receiver.step()
    assert not relief_of(bench).step()


def test_it_calls_the_next_one_only_if_slots_stand_idle_all_the_same() -> None:
    bench = Bench(slots=40)
    following = relief_of(bench)
    relief = relief_of(bench, following)
    bring(bench, 0, 10)
    relief.step()
    assert not following._called.is_set()
    idle(bench, 2)
    bring(bench, 10, 10)
    relief.step()
    assert following._called.is_set()


def test_the_first_receiver_calls_for_relief_when_full_but_slow_receives_leave_slots_idle() -> None:
    bench = Bench(slots=40)
    idle(bench, 2)
    bring(bench, 0, 10)
    bench.receiver.step()
    assert bench.lane._reliefs[-1]._called.is_set()


def test_while_even_the_last_one_brings_full_tens_the_worker_does_all_it_can() -> None:
    bench = Bench(slots=40)
    last = relief_of(bench)
    seen: list[bool] = []

    def look_and_stop() -> None:
        seen.append(last in bench.recorder.saturated_by)
        last.stop()

    def take_long() -> None:
        bench.manual.advance(SLOW_SECONDS)
        bench.source.during["receive"] = look_and_stop

    bring(bench, 0, 10)
    bench.source.during["receive"] = take_long
    last.call()
    last.run()
    assert seen == [True]
    assert last not in bench.recorder.saturated_by


def test_an_outage_is_the_first_receivers_to_tell() -> None:
    bench = Bench(slots=20)
    bench.source.errors["receive"] = [SourceUnavailable("away", code="Down")]
    assert not relief_of(bench).step()
    assert bench.counted(Counter.SOURCE_ERROR) == 1
    assert bench.room.claim(bench.lane.terms, quiet=False) is not None  # its room was given back


def test_its_thread_ends_at_the_stop() -> None:
    bench = Bench()
    relief = relief_of(bench)
    thread = threading.Thread(target=relief.run)
    thread.start()
    relief.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_receive_that_took_long_because_this_process_worked_calls_nobody() -> None:
    bench = Bench(slots=40)
    idle(bench, 2)
    bring(bench, 0, 10)

    def work() -> None:
        bench.manual.advance(SLOW_SECONDS)
        bench.manual.spend(SLOW_SECONDS)

    bench.source.during["receive"] = work
    bench.receiver.step()
    assert not bench.lane._reliefs[-1]._called.is_set()
