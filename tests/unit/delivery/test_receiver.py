"""Asking for messages."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import structlog

from doubles.delivery_bench import Bench, ScriptedSource
from punctuald.clock import SystemClock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Counter
from punctuald.policy.intake import EARLY_PAUSE_SECONDS, IDLE_PAUSE_SECONDS

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
NO_QUEUE = SourceMisconfigured("no such queue", code="QueueDoesNotExist")


def test_rule_1_no_more_is_asked_for_than_can_soon_start() -> None:
    bench = Bench(slots=3)
    bench.receive(*[bench.message(str(number)) for number in range(3)])
    assert bench.source.receives[0][0] == 3
    assert bench.receiver.step() is None
    assert len(bench.source.receives) == 1


def test_rule_1_the_look_ahead_is_measured_in_time() -> None:
    bench = Bench(slots=2, lookahead_seconds=0.2)
    bench.recorder.mean = 0.1  # each slot finishes two within 0.2 s
    bench.receiver.step()
    bench.recorder.mean = 60.0
    bench.receiver.step()
    assert [room for room, _, _ in bench.source.receives] == [6, 2]


def test_a_finished_message_makes_room_before_it_is_settled() -> None:
    bench = Bench(slots=1)
    bench.receive(bench.message("a"))
    assert bench.receiver.step() is None
    bench.settler.settle(bench.take())
    assert bench.receiver.step() is not None
    assert len(bench.hands) == 1


def test_the_first_receive_does_not_wait_and_shows_readiness() -> None:
    bench = Bench()
    bench.receiver.step()
    bench.receiver.step()
    assert bench.source.receives[0][1] == 0
    assert bench.events == ["first receive"]


def test_polls_get_longer_while_the_queue_is_empty_and_short_again_with_traffic() -> None:
    bench = Bench()
    for _ in range(6):
        bench.receiver.step()
    bench.receive(bench.message("a"))
    bench.receiver.step()
    assert [wait for _, wait, _ in bench.source.receives] == [0, 2, 4, 8, 16, 20, 20, 2]


def test_short_polling_pauses_between_empty_receives_only() -> None:
    bench = Bench(wait_seconds=0, poll_interval_seconds=0.1)
    assert bench.receiver.step() == 0.1
    assert bench.receive(bench.message("a")) == 0
    assert {wait for _, wait, _ in bench.source.receives} == {0}


def test_rule_2_the_visibility_follows_the_measured_run_time() -> None:
    bench = Bench()
    bench.receiver.step()
    bench.recorder.p99 = 20.0
    bench.receiver.step()
    assert [visibility for _, _, visibility in bench.source.receives] == [30, 60]


def test_rule_4_a_redelivered_copy_replaces_the_handle_and_does_not_run_twice() -> None:
    bench = Bench()
    bench.receive(bench.message("a", handle="old"))
    bench.manual.advance(40)
    bench.receive(bench.message("a", handle="new", count=2))
    (item,) = bench.take_all()
    assert item.message.receipt_handle == "new"
    assert item.lease_until_mono == bench.clock.mono() + 30
    assert bench.counted(Counter.DUPLICATE_IN_HAND) == 1
    assert bench.counted(Counter.REDELIVERED) == 1


def test_arrivals_are_told_once_per_message_by_when_it_was_sent() -> None:
    bench = Bench()
    bench.receive(bench.message("a", age=2.25), bench.message("b", age=9, count=2))
    assert dict(bench.recorder.arrived) == {bench.clock.utc() - 2.25: 1}


def test_a_message_that_two_clocks_say_comes_from_the_future_arrived_now() -> None:
    bench = Bench()
    bench.receive(bench.message("a", age=-1.5))
    assert dict(bench.recorder.arrived) == {bench.clock.utc(): 1}


def test_groups_are_told_at_each_delivery_and_only_where_there_are_some() -> None:
    bench = Bench()
    bench.receive(bench.message("a", group="g"), bench.message("b"), bench.message("c", group="h", count=2))
    assert bench.recorder.groups == [(0, "g", bench.clock.mono()), (0, "h", bench.clock.mono())]


@pytest.mark.parametrize(("skew_seconds", "told"), [(-90.0, -90.0), (3_600.0, 3_600.0), (-0.25, 0.0), (0.0, 0.0)])
def test_a_brokers_clock_that_is_off_is_told_and_an_answers_way_here_is_not(skew_seconds: float, told: float) -> None:
    bench = Bench()
    message = bench.message("a")
    bench.receive(replace(message, received_utc=bench.clock.utc() + skew_seconds))
    assert bench.recorder.broker_ahead_seconds == told


def test_an_idle_queue_costs_no_more_than_4320_receives_a_day() -> None:
    bench = Bench()
    day_end_mono = bench.clock.mono() + 86_400
    begun_in_the_day = 0
    while bench.clock.mono() < day_end_mono:
        begun_in_the_day += 1
        pause = bench.receiver.step() or 0.0
        waited = bench.source.receives[-1][1]
        bench.manual.advance(max(0.0, waited - 0.03) + pause)  # an answer may be a little early
    assert begun_in_the_day <= 4_320


def test_there_is_no_pause_between_polls_that_are_short_because_of_traffic() -> None:
    bench = Bench()
    assert [_polled_to_its_end(bench) for _ in range(6)] == [0.0] * 5 + [IDLE_PAUSE_SECONDS]
    assert [wait for _, wait, _ in bench.source.receives] == [0, 2, 4, 8, 16, 20]


def test_polls_that_end_empty_at_once_are_not_asked_again_without_end() -> None:
    bench = Bench()
    _polled_to_its_end(bench)
    assert bench.receiver.step() == EARLY_PAUSE_SECONDS


def _polled_to_its_end(bench: Bench) -> float | None:
    """An empty poll that takes all the time it was allowed."""
    bench.source.during["receive"] = lambda: bench.manual.advance(bench.source.receives[-1][1])
    return bench.receiver.step()


def test_rule_5_an_error_is_not_an_empty_queue() -> None:
    bench = Bench()
    bench.source.errors["receive"] = [AWAY]
    pause = bench.receiver.step()
    assert pause is not None
    assert pause > 0
    assert bench.counted(Counter.RECEIVE_EMPTY) == 0
    assert bench.counted(Counter.SOURCE_ERROR) == 1
    assert bench.events == []


def test_rule_5_the_pauses_grow_and_one_line_is_logged_for_each_change_of_state() -> None:
    bench = Bench()
    bench.source.errors["receive"] = [AWAY] * 5
    with structlog.testing.capture_logs() as logs:
        pauses = [bench.receiver.step() for _ in range(5)]
        bench.manual.advance(7)
        bench.receiver.step()
    assert pauses == sorted(set(pauses), key=lambda pause: pause or 0)
    assert [entry["event"] for entry in logs] == ["source.unavailable", "source.recovered"]
    assert (logs[0]["code"], logs[0]["text"]) == ("ConnectTimeout", "no route")
    assert logs[1]["seconds"] == 7


def test_a_source_that_refuses_us_from_the_start_is_for_a_person_to_mend() -> None:
    bench = Bench()
    bench.source.errors["receive"] = [NO_QUEUE]
    bench.receiver.step()
    assert bench.misconfigured == [NO_QUEUE]


def test_a_queue_deleted_while_we_run_is_an_outage() -> None:
    bench = Bench()
    bench.receiver.step()
    bench.source.errors["receive"] = [NO_QUEUE]
    pause = bench.receiver.step()
    assert pause is not None
    assert pause > 0
    assert bench.misconfigured == []


def test_a_failed_receive_gives_its_room_back() -> None:
    bench = Bench(slots=2)
    bench.receive(bench.message("a"))
    bench.settle(*bench.take())
    bench.source.errors["receive"] = [AWAY]
    bench.receiver.step()
    bench.receiver.step()
    assert [room for room, _, _ in bench.source.receives] == [2, 2, 2]


def test_rule_6_an_empty_queues_long_poll_holds_no_room_back_from_a_full_one() -> None:
    full, empty = ScriptedSource("full"), ScriptedSource("empty")
    bench = Bench(full, empty, slots=4)
    bench.receive(bench.message("a"))
    bench.settle(*bench.take())
    seen: list[float | None] = []
    empty.during["receive"] = lambda: seen.append(bench.receive(bench.message("b")))  # while the empty one waits
    bench.lanes[1].receiver.step()
    assert seen == [0.0]
    assert full.receives[-1][0] == 4


def test_two_full_queues_share_the_room() -> None:
    one, two = ScriptedSource("one"), ScriptedSource("two")
    bench = Bench(one, two, slots=4)
    for lane in (0, 1):
        bench.receive(bench.message("a"), lane=lane)
        bench.lanes[lane].settler.settle(bench.take())
    asked: list[float | None] = []
    one.during["receive"] = lambda: asked.append(bench.lanes[1].receiver.step())
    bench.receiver.step()
    assert asked == [None]


def test_rule_9_a_message_found_with_dead_workers_is_not_run_but_rejected() -> None:
    bench = Bench(poison_deaths=3)
    bench.deaths = {"a": 3, "b": 2}
    bench.receive(bench.message("a", count=4), bench.message("b", count=3))
    bench.settle_due()
    assert [item.id for item in bench.take_all()] == ["b"]
    assert [(message.id, reason) for message, reason in bench.source.dead_lettered] == [
        ("a", "found in the hands of 3 dead workers")
    ]
    assert (bench.counted(Counter.POISON), bench.counted(Counter.REJECTED)) == (1, 1)


def test_what_the_last_poll_brings_after_the_stop_is_given_back_at_once() -> None:
    bench = Bench()
    bench.source.during["receive"] = bench.receiver.stop
    bench.receive(bench.message("a"))
    bench.settle_due()
    assert bench.take() == []
    assert [[(r.message.id, r.after_seconds) for r in call] for call in bench.source.released] == [[("a", 0)]]
    assert bench.counted(Counter.RELEASED) == 1


def test_a_copy_of_a_running_message_in_the_last_poll_is_not_given_back() -> None:
    bench = Bench()
    bench.receive(bench.message("a", handle="old"))
    bench.source.during["receive"] = bench.receiver.stop
    bench.receive(bench.message("a", handle="new", count=2))
    bench.settle_due()
    assert bench.source.released == []
    assert len(bench.hands) == 1


@pytest.mark.parametrize("with_room", [True, False])
def test_the_thread_ends_at_the_stop_whether_or_not_it_waits_for_room(with_room: bool) -> None:
    bench = Bench(slots=1, clock=SystemClock(), wait_seconds=0, poll_interval_seconds=30)
    if not with_room:
        bench.receive(bench.message("a"))
    thread = threading.Thread(target=bench.receiver.run, daemon=True)
    thread.start()
    bench.receiver.stop()
    bench.room.close()
    thread.join(5)
    assert not thread.is_alive()


def test_a_receiver_that_waits_for_room_goes_on_when_a_message_finishes() -> None:
    bench = Bench(slots=1, clock=SystemClock(), wait_seconds=0, poll_interval_seconds=30)
    bench.receive(bench.message("a"))
    received = threading.Event()
    bench.source.during["receive"] = received.set
    thread = threading.Thread(target=bench.receiver.run, daemon=True)
    thread.start()
    assert not received.is_set()
    bench.settler.settle(bench.take())
    assert received.wait(5)
    bench.receiver.stop()
    bench.room.close()
    thread.join(5)
    assert not thread.is_alive()
