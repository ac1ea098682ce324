"""Keeping leases."""

from __future__ import annotations

import threading

import structlog

from doubles.delivery_bench import Bench, ScriptedSource
from punctuald.clock import SystemClock
from punctuald.delivery.inflight import Fate
from punctuald.errors import SourceUnavailable
from punctuald.model import Counter

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
EXPIRED = "ReceiptHandleIsInvalid"


def keep_due(bench: Bench) -> None:
    while bench.keeper.step():
        pass


def test_rule_2_a_lease_is_renewed_at_half_life_and_again() -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    renewed_at: list[float] = []
    begin_mono = bench.clock.mono()
    for _ in range(60):
        bench.manual.advance(1)
        if bench.keeper.step():
            renewed_at.append(bench.clock.mono() - begin_mono)
    assert renewed_at == [15, 30, 45, 60]
    assert {seconds for _, seconds in bench.source.extended} == {30}


def test_rule_2_waiting_running_and_settling_messages_are_all_kept() -> None:
    bench = Bench(batch_size=1)
    bench.receive(bench.message("settling"), bench.message("running"), bench.message("waiting"))
    bench.source.errors["acknowledge"] = [AWAY]
    bench.settle(*bench.take())
    bench.take()
    bench.manual.advance(15)
    bench.keeper.step()
    assert {message.id for message in bench.source.extended[0][0]} == {"settling", "running", "waiting"}


def test_rule_2_ten_ride_in_one_call_the_earliest_first() -> None:
    bench = Bench(slots=20)
    bench.receive(*[bench.message(f"early {number}") for number in range(10)])
    bench.manual.advance(0.5)
    bench.receive(bench.message("late 1"), bench.message("late 2"))
    bench.manual.advance(14.6)
    keep_due(bench)
    assert [len(messages) for messages, _ in bench.source.extended] == [10]
    bench.manual.advance(0.5)
    keep_due(bench)
    assert [message.id for message in bench.source.extended[1][0]] == ["late 1", "late 2"]


def test_rule_2_no_lease_is_asked_for_beyond_twelve_hours() -> None:
    bench = Bench(visibility_seconds=43_000)
    bench.receive(bench.message("a"))
    bench.manual.advance(21_500)
    bench.keeper.step()
    assert bench.source.extended[0][1] == 12 * 3600 - 5 - 21_500


def test_rule_2_what_reaches_twelve_hours_is_a_lost_lease() -> None:
    bench = Bench(visibility_seconds=3600)
    bench.receive(bench.message("a"))
    bench.take()
    with structlog.testing.capture_logs() as logs:
        for _ in range(12 * 60 + 1):
            bench.manual.advance(60)
            keep_due(bench)
    assert [(entry["event"], entry["code"]) for entry in logs] == [("message.lease_lost", "LifetimeOver")]


def test_a_settled_message_is_kept_no_more() -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    bench.settle(*bench.take())
    bench.manual.advance(3600)
    assert not bench.keeper.step()
    assert len(bench.keeper) == 0


def test_a_message_settled_during_the_renewal_is_kept_no_more() -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    items = bench.take()
    bench.manual.advance(15)
    bench.source.during["extend"] = lambda: bench.settle(*items)
    bench.keeper.step()
    assert len(bench.keeper) == 0


def test_an_unstarted_message_whose_lease_is_lost_does_not_run_for_others_have_it() -> None:
    bench = Bench()
    message = bench.message("a")
    bench.receive(message)
    bench.source.refuse(message, code=EXPIRED, retryable=False)
    bench.manual.advance(15)
    bench.keeper.step()
    assert bench.take() == []
    assert len(bench.hands) == 0
    assert bench.counted(Counter.LEASE_LOST) == 1


def test_rule_7_the_group_of_an_unstarted_message_that_is_lost_goes_back() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    first = bench.message("g1", group="g")
    bench.receive(first, bench.message("g2", group="g"))
    bench.source.refuse(first, code=EXPIRED, retryable=False)
    bench.manual.advance(15)
    bench.keeper.step()
    bench.settle_due()
    assert [release.message.id for call in bench.source.released for release in call] == ["g2"]


def test_a_running_message_whose_lease_is_lost_is_still_acknowledged_and_lost_only_once() -> None:
    bench = Bench()
    message = bench.message("a")
    bench.receive(message)
    items = bench.take()
    bench.source.refuse(message, code=EXPIRED, retryable=False)
    bench.manual.advance(15)
    bench.keeper.step()
    assert items[0].lease_lost
    bench.source.refuse(message, code=EXPIRED, retryable=False)
    bench.settle(*items)
    assert len(bench.source.acknowledged) == 1
    assert items[0].fate is Fate.LEASE_LOST
    assert bench.counted(Counter.LEASE_LOST) == 1


def test_rule_4_a_refused_old_handle_loses_nothing_where_a_newer_one_came() -> None:
    bench = Bench()
    message = bench.message("a", handle="old")
    bench.receive(message)
    bench.source.refuse(message, code=EXPIRED, retryable=False)
    bench.source.during["extend"] = lambda: bench.receive(bench.message("a", handle="new", count=2))
    bench.manual.advance(15)
    bench.keeper.step()
    assert bench.counted(Counter.LEASE_LOST) == 0
    bench.manual.advance(15)
    bench.keeper.step()
    assert bench.source.extended[-1][0][0].receipt_handle == "new"


def test_rule_5_a_source_that_is_away_is_asked_again_while_the_leases_live() -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    bench.source.errors["extend"] = [AWAY] * 3
    bench.manual.advance(15)
    for _ in range(14):
        keep_due(bench)
        bench.manual.advance(1)
    assert len(bench.source.extended) == 4
    assert bench.counted(Counter.LEASE_LOST) == 0


def test_a_lease_that_could_not_be_renewed_in_time_is_lost() -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    bench.source.errors["extend"] = [AWAY] * 1000
    with structlog.testing.capture_logs() as logs:
        for _ in range(60):
            bench.manual.advance(1)
            keep_due(bench)
    assert [(e["event"], e.get("code")) for e in logs] == [
        ("source.unavailable", "ConnectTimeout"),
        ("message.lease_lost", "ExpiredUnrenewed"),
    ]
    assert len(bench.hands) == 0


def test_the_thread_sleeps_until_there_is_something_to_keep_and_ends_when_told() -> None:
    bench = Bench(clock=SystemClock(), visibility_seconds=1)
    renewed = threading.Event()
    bench.source.during["extend"] = renewed.set
    thread = threading.Thread(target=bench.keeper.run, daemon=True)
    thread.start()
    bench.receive(bench.message("a"))
    assert renewed.wait(5)
    bench.keeper.stop()
    thread.join(5)
    assert not thread.is_alive()
