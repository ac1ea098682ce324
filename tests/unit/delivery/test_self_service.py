"""Slots that fetch for themselves: only while that is worth it, one at a time, and never after the stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Self

import pytest
import structlog

from doubles.delivery_bench import Bench, ScriptedSource
from doubles.wake_ups import WakeUps
from punctuald.clock import SystemClock
from punctuald.delivery import self_service
from punctuald.delivery.drain import Drain
from punctuald.delivery.inflight import InFlight
from punctuald.delivery.room import Claim
from punctuald.delivery.watch import Watch
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import DONE, Counter, Message
from punctuald.policy.intake import SLOW_CALL_SECONDS

PATIENCE_SECONDS = 10.0
NEVER_SECONDS = 3_600.0
QUICK_SECONDS = 0.00001
SLOW_HANDLER_SECONDS = 0.01
AWAY = SourceUnavailable("no route", code="ConnectTimeout")


@pytest.fixture(autouse=True)
def nobody_looks_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left waiting here is taken by hand; a thread for each bench would outlive its test, and bar forks."""
    monkeypatch.setattr(Watch, "arm", lambda _watch: None)


def quick_bench(*sources: ScriptedSource) -> Bench:
    """Handlers take microseconds, and so do calls to the source, for its clock stands still."""
    bench = Bench(*sources, slots=20)
    bench.recorder.mean = QUICK_SECONDS
    return bench


def lent_bench() -> Bench:
    """The receiver just brought a full ten, and lent its part."""
    bench = quick_bench()
    bench.receive(*bench.messages(0, 10))
    return bench


def fetch(bench: Bench, first: int, count: int) -> bool:
    """What a slot that has nothing to do would see, where so many messages are there."""
    bench.source.deliveries = [bench.messages(first, count)]
    return bench.self_service.fetch()


def may_fetch(bench: Bench) -> bool:
    """Whether a slot that comes by now would receive."""
    before = len(bench.source.receives)
    fetch(bench, 1_000, 10)
    return len(bench.source.receives) > before


def taken_claims(bench: Bench) -> list[Claim]:
    """All the room there is, taken."""
    claims = iter(lambda: bench.room.claim(bench.lane.terms, quiet=False), None)
    return [claim for claim in claims if claim is not None]


def free_places(bench: Bench) -> int:
    claims = taken_claims(bench)
    for claim in claims:
        bench.room.end(claim)
    return sum(claim.asked for claim in claims)


def released(bench: Bench) -> list[str]:
    bench.settle_due()
    return [release.message.id for call in bench.source.released for release in call]


# --- beginning


def test_nobody_fetches_before_the_receiver_lent_its_part() -> None:
    assert not may_fetch(quick_bench())


def test_the_receiver_lends_its_part_with_a_full_ten_that_came_quickly() -> None:
    assert may_fetch(lent_bench())


@pytest.mark.parametrize(
    ("count", "call_seconds", "mean_seconds"),
    [
        (9, 0.0, QUICK_SECONDS),
        (10, SLOW_CALL_SECONDS, QUICK_SECONDS),
        (10, 0.0, SLOW_HANDLER_SECONDS),
        (10, 0.0, None),
    ],
    ids=["less than ten", "came slowly", "slow handlers", "unknown handlers"],
)
def test_the_receiver_keeps_its_part_where_a_slot_would_gain_nothing(
    count: int, call_seconds: float, mean_seconds: float | None
) -> None:
    bench = quick_bench()
    bench.recorder.mean = mean_seconds
    bench.source.during["receive"] = lambda: bench.manual.advance(call_seconds)
    bench.receive(*bench.messages(0, count))
    assert not may_fetch(bench)


@pytest.mark.parametrize(("slots", "queues"), [(1, 1), (2, 2)])
def test_it_is_not_lent_where_calls_that_hang_could_hold_up_the_last_slot(slots: int, queues: int) -> None:
    bench = Bench(*[ScriptedSource(str(number)) for number in range(queues)], slots=slots)
    bench.recorder.mean = QUICK_SECONDS
    bench.receive(*bench.messages(0, 10))
    bench.settler.settle(bench.take_all())
    assert not may_fetch(bench)


def test_it_is_lent_where_there_is_one_slot_more_than_queues() -> None:
    bench = Bench(slots=2)
    bench.recorder.mean = QUICK_SECONDS
    bench.receive(*bench.messages(0, 10))
    bench.settler.settle(bench.take_all())
    assert may_fetch(bench)


def test_it_is_lent_before_a_slot_can_have_the_messages_that_make_it_worth_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = quick_bench()
    lent: list[bool] = []
    put = bench.buffer.put

    def put_a_moment_later(items: Sequence[InFlight], *, taken_here: bool) -> list[InFlight]:
        monkeypatch.setattr(bench.buffer, "put", put)
        lent.append(may_fetch(bench))
        return put(items, taken_here=taken_here)

    monkeypatch.setattr(bench.buffer, "put", put_a_moment_later)
    bench.receive(*bench.messages(0, 10))
    assert lent == [True]


# --- one fetch


def test_a_fetch_brings_ten_without_waiting() -> None:
    bench = lent_bench()
    assert fetch(bench, 10, 10)
    assert [(asked, wait) for asked, wait, _ in bench.source.receives] == [(10, 0.0), (10, 0.0)]
    assert sorted(item.id for item in bench.take_all()) == sorted(str(number) for number in range(20))


def test_it_goes_on_as_long_as_each_fetch_brings_a_quick_ten() -> None:
    bench = lent_bench()
    for first in range(10, 60, 10):
        bench.settler.settle(bench.take_all())
        assert fetch(bench, first, 10)
    assert len(bench.source.receives) == 6


def test_before_it_asks_for_more_a_slot_carries_out_a_full_ten_of_acknowledgements() -> None:
    bench = lent_bench()
    bench.settler.settle(bench.take_all())
    acknowledged_before: list[int] = []
    bench.source.during["receive"] = lambda: acknowledged_before.extend(map(len, bench.source.acknowledged))
    assert fetch(bench, 10, 10)
    assert acknowledged_before == [10]


def test_what_a_slot_fetched_wakes_no_other_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = lent_bench()
    bench.take_all()
    wake_ups = WakeUps(bench.buffer, monkeypatch, waiting_slots=3)
    assert fetch(bench, 10, 10)
    assert wake_ups.woken == 0
    assert wake_ups.looked_after  # should its handler turn out slow


def test_two_slots_do_not_fetch_from_one_queue_at_the_same_time() -> None:
    bench = lent_bench()
    others: list[bool] = []
    bench.source.during["receive"] = lambda: others.append(bench.self_service.fetch())
    assert fetch(bench, 10, 10)
    assert others == [False]
    assert len(bench.source.receives) == 2
    assert may_fetch(bench)  # the one that went away empty-handed ended nothing


def test_two_slots_fetch_from_two_queues_at_the_same_time() -> None:
    one, two = ScriptedSource("one"), ScriptedSource("two")
    bench = quick_bench(one, two)
    for lane in (0, 1):
        bench.receive(*bench.messages(0, 10), lane=lane)
    two.deliveries = [bench.messages(10, 10)]
    others: list[bool] = []
    one.during["receive"] = lambda: others.append(bench.lanes[1].self_service.fetch())
    assert fetch(bench, 10, 10)
    assert others == [True]


# --- the end


@pytest.mark.parametrize("count", [0, 1, 9])
def test_a_receive_that_brings_less_than_ten_is_the_last_and_what_it_brought_is_handled(count: int) -> None:
    bench = lent_bench()
    bench.take_all()
    assert fetch(bench, 10, count) is (count > 0)
    assert len(bench.take_all()) == count
    assert not may_fetch(bench)


def test_while_it_lasts_the_worker_counts_as_doing_all_it_can() -> None:
    bench = lent_bench()
    assert bench.recorder.saturated_by == {bench.self_service}
    bench.self_service.stop()
    assert bench.recorder.saturated_by == set()


def test_it_ends_when_receives_take_long_but_not_with_the_first_of_them() -> None:
    bench = lent_bench()
    fetched = 0
    while fetched < 2 * self_service.CALLS_AVERAGED:
        bench.source.during["receive"] = lambda: bench.manual.advance(2 * SLOW_CALL_SECONDS)
        if not fetch(bench, 10 + 10 * fetched, 10):
            break
        bench.settle(*bench.take_all())
        fetched += 1
    assert 1 < fetched < self_service.CALLS_AVERAGED


def test_a_receive_that_took_long_because_this_process_worked_is_not_the_last() -> None:
    bench = lent_bench()

    def work() -> None:
        bench.manual.advance(SLOW_CALL_SECONDS)
        bench.manual.spend(SLOW_CALL_SECONDS)

    bench.source.during["receive"] = work
    assert fetch(bench, 10, 10)
    assert may_fetch(bench)


def test_where_handlers_turn_out_slow_a_fetch_is_the_last_and_wakes_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = lent_bench()
    bench.take_all()
    bench.recorder.mean = SLOW_HANDLER_SECONDS
    wake_ups = WakeUps(bench.buffer, monkeypatch, waiting_slots=15)
    assert fetch(bench, 10, 10)
    assert wake_ups.woken == 9  # it takes one itself
    assert not may_fetch(bench)


def test_where_there_is_no_room_nobody_fetches_any_more_and_no_room_is_lost() -> None:
    bench = lent_bench()
    before = free_places(bench)
    claims = taken_claims(bench)
    assert not fetch(bench, 10, 10)
    assert len(bench.source.receives) == 1
    for claim in claims:
        bench.room.end(claim)
    assert free_places(bench) == before
    assert not may_fetch(bench)


@pytest.mark.parametrize("count", [0, 10])
def test_each_fetch_gives_back_the_room_that_it_did_not_need(count: int) -> None:
    bench = lent_bench()
    bench.settler.settle(bench.take_all())
    before = free_places(bench)
    fetch(bench, 10, count)
    bench.settler.settle(bench.take_all())
    assert free_places(bench) == before


@pytest.mark.parametrize("error", [AWAY, SourceMisconfigured("no such queue", code="QueueDoesNotExist")])
def test_an_outage_ends_it_and_is_counted_once_and_its_room_is_given_back(
    error: SourceUnavailable | SourceMisconfigured,
) -> None:
    bench = lent_bench()
    before = free_places(bench)
    bench.source.errors["receive"] = [error]
    assert not fetch(bench, 10, 10)
    assert bench.counted(Counter.SOURCE_ERROR) == 1
    assert bench.counted(Counter.RECEIVE_EMPTY) == 0
    assert free_places(bench) == before
    assert not may_fetch(bench)
    assert bench.misconfigured == []


def test_an_outage_is_the_receivers_to_tell_and_to_wait_for() -> None:
    bench = lent_bench()
    bench.source.errors["receive"] = [AWAY, AWAY]
    with structlog.testing.capture_logs() as logs:
        fetch(bench, 10, 10)
        assert logs == []
        pause = bench.receiver.step()
    assert [entry["event"] for entry in logs] == ["source.unavailable"]
    assert pause is not None
    assert pause > 0
    assert bench.counted(Counter.SOURCE_ERROR) == 2  # two calls failed, and each is counted by who made it


def test_once_it_ended_a_full_ten_of_acknowledgements_waits_for_nobody_to_pass_by() -> None:
    bench = lent_bench()
    items = bench.take_all()
    assert fetch(bench, 10, 10)
    bench.settler.settle(items)
    assert not bench.settler.step()  # the next fetch takes it along
    fetch(bench, 20, 3)
    bench.settler.settle(bench.take_all()[:10])
    assert bench.settler.step()


def test_after_its_end_the_next_quick_ten_of_the_receiver_begins_it_anew() -> None:
    bench = lent_bench()
    fetch(bench, 10, 3)
    assert not may_fetch(bench)
    bench.source.deliveries = []
    bench.settler.settle(bench.take_all())
    bench.receive(*bench.messages(20, 10))
    assert may_fetch(bench)


# --- the receiver meanwhile


class SleepingReceiver:
    """Does ``work`` in a thread of its own, and is left to itself once that waits for the slots to end their fetching.

    The wait itself is the real one; what does not end within a test's patience never would.
    """

    def __init__(self, bench: Bench, work: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
        self._bench = bench
        self._wait = bench.self_service._ended.wait
        self._fell_asleep = threading.Event()
        self._thread = threading.Thread(target=work, name="the receiver", daemon=True)
        patch.setattr(bench.self_service._ended, "wait", self._fall_asleep)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._fell_asleep.wait(PATIENCE_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._bench.lane.stop_receiving()
        self._bench.room.close()
        assert self.woke_up()

    def woke_up(self) -> bool:
        self._thread.join(PATIENCE_SECONDS)
        return not self._thread.is_alive()

    def _fall_asleep(self, seconds: float) -> bool:
        self._fell_asleep.set()
        return self._wait(seconds)


def until_ended(bench: Bench, patch: pytest.MonkeyPatch) -> SleepingReceiver:
    return SleepingReceiver(bench, bench.self_service.wait_until_ended, patch)


@pytest.fixture
def used_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """That nobody fetched for long ends nothing."""
    monkeypatch.setattr(self_service, "UNUSED_SECONDS", NEVER_SECONDS)


def waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the receiver waits, each time that it does, until its part is its own again."""
    waited: list[float] = []

    def ended(seconds: float) -> bool:
        waited.append(seconds)
        bench.self_service.stop()
        return True

    monkeypatch.setattr(bench.self_service._ended, "wait", ended)
    bench.self_service.wait_until_ended()
    return waited


def test_the_receiver_waits_for_nothing_where_it_never_lent_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waits(quick_bench(), monkeypatch) == []
    assert len(waits(lent_bench(), monkeypatch)) == 1


def test_the_receiver_waits_for_nothing_where_it_ended_already(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = lent_bench()
    fetch(bench, 10, 3)
    assert waits(bench, monkeypatch) == []


def test_the_receiver_goes_on_when_nobody_fetched_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = lent_bench()
    with until_ended(bench, monkeypatch) as receiver:
        assert receiver.woke_up()
        assert not may_fetch(bench)


def test_the_receiver_sleeps_on_while_slots_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = lent_bench()
    fetched: list[bool] = []
    waits: list[float] = []

    def wait_while_slots_fetch_twice(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) <= 2:
            fetched.append(fetch(bench, 10 * len(waits), 10))
        return False

    monkeypatch.setattr(bench.self_service._ended, "wait", wait_while_slots_fetch_twice)
    bench.self_service.wait_until_ended()
    assert fetched == [True, True]
    assert waits == [self_service.UNUSED_SECONDS] * 3


def test_the_receiver_sleeps_again_where_it_lends_its_part_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = lent_bench()
    fetch(bench, 10, 3)
    bench.source.deliveries = []
    bench.receive(*bench.messages(20, 10))
    would_sleep: list[bool] = []

    def look(_seconds: float) -> bool:
        would_sleep.append(not bench.self_service._ended.is_set())
        return False

    monkeypatch.setattr(bench.self_service._ended, "wait", look)
    bench.self_service.wait_until_ended()
    assert would_sleep == [True]


def test_an_end_that_another_begin_overtook_does_not_make_the_receiver_spin_and_unused_it_still_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = lent_bench()
    begin_within_the_next_end(bench, monkeypatch)
    assert fetch(bench, 10, 3)
    turns: list[float] = []

    def wait_no_time(seconds: float) -> bool:
        turns.append(seconds)
        assert len(turns) < 10, "it would turn for ever"
        return bench.self_service._ended.is_set()

    monkeypatch.setattr(bench.self_service._ended, "wait", wait_no_time)
    bench.self_service.wait_until_ended()
    assert len(turns) == 2  # one learns of the end that was overtaken
    assert not may_fetch(bench)


def begin_within_the_next_end(bench: Bench, patch: pytest.MonkeyPatch) -> None:
    """As though the receiver brought its next quick ten while a slot is half through ending."""
    help_ends = bench.settler.help_ends

    def begin_meanwhile() -> None:
        patch.setattr(bench.settler, "help_ends", help_ends)
        bench.self_service.begin()
        help_ends()

    patch.setattr(bench.settler, "help_ends", begin_meanwhile)


@pytest.mark.usefixtures("used_or_not")
def test_the_receiver_goes_on_as_soon_as_a_fetch_was_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = lent_bench()
    with until_ended(bench, monkeypatch) as receiver:
        assert fetch(bench, 10, 10)
        assert fetch(bench, 20, 9)
        assert receiver.woke_up()


@pytest.mark.usefixtures("used_or_not")
def test_the_receiver_goes_on_as_soon_as_a_fetch_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = lent_bench()
    with until_ended(bench, monkeypatch) as receiver:
        bench.source.errors["receive"] = [AWAY]
        fetch(bench, 10, 10)
        assert receiver.woke_up()


@pytest.mark.usefixtures("used_or_not")
def test_the_stop_wakes_the_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = lent_bench()
    with until_ended(bench, monkeypatch) as receiver:
        bench.self_service.stop()
        assert receiver.woke_up()


class WatchedSource(ScriptedSource):
    """Knows which thread asks, and tells when so many have."""

    def __init__(self, awaited: int) -> None:
        super().__init__()
        self.askers: list[str] = []
        self.asked_often = threading.Event()
        self._awaited = awaited

    def receive(self, room: int, wait_seconds: float, visibility_seconds: int) -> list[Message]:
        self.askers.append(threading.current_thread().name)
        if len(self.askers) == self._awaited:
            self.asked_often.set()
        return super().receive(room, wait_seconds, visibility_seconds)


@pytest.mark.usefixtures("used_or_not")
def test_between_its_full_ten_and_the_last_of_the_slots_the_receiver_asks_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = WatchedSource(awaited=4)
    bench = quick_bench(source)
    source.deliveries = [bench.messages(0, 10)]
    with SleepingReceiver(bench, bench.receiver.run, monkeypatch):
        here = threading.current_thread().name
        assert fetch(bench, 10, 10)
        assert fetch(bench, 20, 3)
        assert source.asked_often.wait(PATIENCE_SECONDS)
    assert source.askers[:4] == ["the receiver", here, here, "the receiver"]


# --- the stop


def test_after_the_stop_nothing_is_fetched() -> None:
    bench = lent_bench()
    bench.lane.stop_receiving()
    assert not may_fetch(bench)


def test_what_the_call_under_way_at_the_stop_brings_is_given_back() -> None:
    bench = lent_bench()
    running = bench.take_all()
    bench.source.during["receive"] = bench.self_service.stop
    fetch(bench, 10, 10)
    assert bench.take_all() == []
    assert released(bench) == [str(number) for number in range(10, 20)]
    assert bench.hands.pending_items() == tuple(running)


def test_after_the_stop_a_full_ten_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = quick_bench()
    bench.source.during["receive"] = bench.self_service.stop  # while the receiver is at it
    bench.receive(*bench.messages(0, 10))
    assert not may_fetch(bench)
    assert waits(bench, monkeypatch) == []


def test_a_stop_while_a_slot_carries_out_acknowledgements_comes_before_its_receive() -> None:
    bench = lent_bench()
    bench.settler.settle(bench.take_all())
    bench.source.during["acknowledge"] = bench.self_service.stop
    assert not may_fetch(bench)


def test_receiving_has_not_ended_while_a_slot_still_fetches() -> None:
    bench = lent_bench()
    ended: list[bool] = []

    def stop() -> None:
        bench.lane.stop_receiving()
        ended.append(bench.lane.wait_received(0.0))

    bench.source.during["receive"] = stop
    fetch(bench, 10, 10)
    ended.append(bench.lane.wait_received(0.0))
    assert ended == [False, True]


def test_an_end_that_comes_just_before_a_slot_helps_leaves_no_ten_waiting_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = lent_bench()
    help_ = bench.settler.help

    def help_a_moment_later() -> bool:
        bench.self_service._end()
        return help_()

    monkeypatch.setattr(bench.settler, "help", help_a_moment_later)
    fetch(bench, 10, 10)
    bench.settler.settle(bench.take_all()[:10])
    assert bench.settler.step()


def test_with_all_threads_running_each_message_is_handled_once_and_none_is_forgotten_at_the_stop() -> None:
    bench = Bench(clock=SystemClock(), slots=4, wait_seconds=0, poll_interval_seconds=0.01)
    bench.recorder.mean = QUICK_SECONDS
    handled: list[str] = []
    enough = threading.Event()
    bench.source.deliveries = [bench.messages(first, 10) for first in range(0, 5_000, 10)]
    sent = {str(number) for number in range(5_000)}

    def slot() -> None:
        while items := next_items(bench):
            for item in items:
                item.outcome = DONE
            handled.extend(item.id for item in items)
            bench.settler.settle(items)
            if len(handled) >= 1_000:
                enough.set()

    slots = [threading.Thread(target=slot, daemon=True) for _ in range(4)]
    for thread in slots:
        thread.start()
    bench.lane.start()
    assert enough.wait(PATIENCE_SECONDS)
    drain = Drain(bench.shared, bench.lanes, bench.clock)
    drain.begin()
    for thread in slots:
        thread.join(PATIENCE_SECONDS)
    until_mono = bench.clock.mono() + PATIENCE_SECONDS
    assert drain.wait_received(until_mono)
    assert drain.flush(until_mono)
    drain.end()
    given_back = {release.message.id for call in bench.source.released for release in call}
    not_received = {message.id for ten in bench.source.deliveries for message in ten}
    assert len(handled) == len(set(handled))
    assert not set(handled) & given_back
    assert set(handled) | given_back | not_received == sent
    assert len(bench.hands) == 0
    assert bench.crashes == []


def next_items(bench: Bench) -> list[InFlight]:
    """As a slot does it."""
    while not (items := bench.take()) and bench.self_service.fetch():
        pass
    return items or bench.buffer.take()
