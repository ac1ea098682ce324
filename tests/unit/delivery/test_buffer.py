"""What starts next."""

from __future__ import annotations

import threading

import pytest

from doubles.delivery_bench import Bench, ScriptedSource
from doubles.wake_ups import WakeUps
from punctuald.clock import SystemClock
from punctuald.model import Outcome, OutcomeKind

FAILED = Outcome(OutcomeKind.FAILED, "boom")


def ids(items: object) -> list[str]:
    return [item.id for item in items]  # type: ignore[attr-defined]


def test_the_earliest_deadline_starts_first() -> None:
    bench = Bench()
    bench.receive(bench.message("fresh"), bench.message("older", age=1), bench.message("oldest", age=2))
    assert ids(bench.take_all()) == ["oldest", "older", "fresh"]


def test_a_late_message_overtakes_one_whose_deadline_is_earlier_but_which_is_not_late() -> None:
    bench = Bench()
    bench.receive(bench.message("half used", age=1.5), bench.message("late", age=61, tier="batch_mode"))
    assert ids(bench.take_all()) == ["late", "half used"]


def test_waiting_raises_the_class_of_a_message() -> None:
    bench = Bench()
    bench.receive(bench.message("short", age=0, tier="peak_hours"), bench.message("long", age=50, tier="batch_mode"))
    bench.manual.advance(2.0)  # short: 0.67 used up, 1 s left; long: 0.87 used up, 8 s left
    assert ids(bench.take_all()) == ["long", "short"]


def test_both_promotions_in_one_long_pause_are_made() -> None:
    bench = Bench()
    bench.receive(bench.message("a", age=0), bench.message("b", age=0, tier="batch_mode"))
    bench.manual.advance(70.0)
    assert ids(bench.take_all()) == ["a", "b"]


def test_the_wall_clock_may_jump_and_no_deadline_moves() -> None:
    bench = Bench()
    bench.receive(bench.message("a", age=1))
    bench.manual.jump_utc(3600)
    (item,) = bench.take()
    assert item.deadline_mono == bench.clock.mono() + 2.0


def test_a_message_from_the_future_has_its_whole_threshold_and_no_more() -> None:
    bench = Bench()
    bench.receive(bench.message("a", age=-5))
    (item,) = bench.take()
    assert item.deadline_mono == bench.clock.mono() + 3.0


def test_a_batch_is_of_one_queue_and_holds_its_most_urgent_messages() -> None:
    bench = Bench(ScriptedSource("orders"), ScriptedSource("mails"), batch_size=2)
    bench.receive(bench.message("o1"), bench.message("o2", age=2), bench.message("o3", age=1))
    bench.receive(bench.message("m1", age=1.5), lane=1)
    assert ids(bench.take()) == ["o2", "o3"]
    assert ids(bench.take()) == ["m1"]
    assert ids(bench.take()) == ["o1"]


def test_of_a_group_one_message_runs_at_a_time() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    bench.receive(*[bench.message(f"g{number}", group="g") for number in (1, 2)], bench.message("other", group="h"))
    first, other = bench.take_all()
    assert ids([first, other]) == ["g1", "other"]
    bench.settle(first)
    assert ids(bench.take_all()) == ["g2"]


def test_the_next_of_a_group_waits_until_the_one_before_is_settled_not_only_finished() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    bench.receive(bench.message("g1", group="g"), bench.message("g2", group="g"))
    (first,) = bench.take_all()
    bench.settler.settle([first])
    assert bench.take_all() == []
    bench.settle_due()
    assert ids(bench.take_all()) == ["g2"]


def test_a_batch_never_holds_two_messages_of_one_group() -> None:
    bench = Bench(ScriptedSource(ordered=True), batch_size=10)
    bench.receive(*[bench.message(f"{group}{number}", group=group) for number in (1, 2) for group in "gh"])
    assert ids(bench.take()) == ["g1", "h1"]


def test_after_a_failure_the_rest_of_the_group_goes_back_in_order_and_the_head_keeps_its_back_off() -> None:
    bench = Bench(ScriptedSource(ordered=True), retry_initial_seconds=8)
    bench.receive(*[bench.message(f"g{number}", group="g") for number in (1, 2, 3)])
    (head,) = bench.take_all()
    bench.settle(head, outcome=FAILED)
    released = [(release.message.id, release.after_seconds) for call in bench.source.released for release in call]
    assert released == [("g1", 8), ("g2", 0), ("g3", 0)]
    assert bench.take_all() == []
    assert len(bench.hands) == 0


def test_a_group_that_failed_starts_again_when_it_comes_again() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    bench.receive(bench.message("g1", group="g"), bench.message("g2", group="g"))
    bench.settle(*bench.take_all(), outcome=FAILED)
    bench.receive(bench.message("g1", group="g", count=2), bench.message("g2", group="g", count=2))
    (again,) = bench.take_all()
    assert again.id == "g1"


def test_closing_wakes_every_waiting_slot() -> None:
    bench = Bench(clock=SystemClock())
    results: list[object] = []
    slots = [threading.Thread(target=lambda: results.append(bench.buffer.take()), daemon=True) for _ in range(3)]
    for slot in slots:
        slot.start()
    bench.buffer.close()
    for slot in slots:
        slot.join(5)
    assert results == [[], [], []]
    assert bench.room.idle_slots == 0


def test_a_waiting_slot_gets_the_message_that_comes() -> None:
    bench = Bench(clock=SystemClock())
    results: list[list[str]] = []
    slot = threading.Thread(target=lambda: results.append(ids(bench.buffer.take(5))), daemon=True)
    slot.start()
    bench.receive(bench.message("a"))
    slot.join(5)
    assert results == [["a"]]


def test_what_did_not_start_can_be_taken_out_each_group_in_order() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    bench.receive(*[bench.message(f"g{number}", group="g") for number in (1, 2, 3)], bench.message("single"))
    bench.buffer.close()
    assert ids(bench.buffer.take_unstarted()) == ["g1", "single", "g2", "g3"]
    assert bench.take() == []


def test_nothing_gets_in_once_it_is_closed() -> None:
    bench = Bench()
    bench.buffer.close()
    item = bench.item(bench.message("a"))
    assert bench.buffer.put([item]) == [item]


@pytest.mark.parametrize(
    ("mean_seconds", "taken_here", "woken"),
    [(0.00001, False, 1), (0.00001, True, 0), (0.01, False, 3), (0.01, True, 2), (None, True, 2)],
)
def test_a_slot_that_puts_messages_in_is_one_less_to_wake(
    monkeypatch: pytest.MonkeyPatch, mean_seconds: float | None, taken_here: bool, woken: int
) -> None:
    bench = Bench(slots=10)
    bench.recorder.mean = mean_seconds
    wake_ups = WakeUps(bench.buffer, monkeypatch, waiting_slots=4)
    items = [bench.item(message) for message in bench.messages(0, 3)]
    assert bench.buffer.put(items, taken_here=taken_here) == []
    assert wake_ups.woken == woken
    assert wake_ups.looked_after is (woken < 3)


def test_where_no_slot_waits_nobody_is_woken_and_nothing_has_to_be_looked_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    wake_ups = WakeUps(bench.buffer, monkeypatch, waiting_slots=0)
    bench.buffer.put([bench.item(bench.message("a"))], taken_here=True)
    assert (wake_ups.woken, wake_ups.looked_after) == (0, False)


def test_what_the_slot_that_brought_it_does_not_take_starts_elsewhere_a_few_milliseconds_later() -> None:
    bench = Bench(clock=SystemClock(), slots=10)
    bench.recorder.mean = 0.00001
    results: list[list[str]] = []
    slot = threading.Thread(target=lambda: results.append(ids(bench.buffer.take(60))), daemon=True)
    slot.start()
    bench.buffer.put([bench.item(bench.message("a"))], taken_here=True)
    slot.join(5)
    bench.buffer.close()
    assert results == [["a"]]
