"""Of which queues messages can't be had, put together from what each worker says."""

from __future__ import annotations

import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.policy.log_lines.event_rates import OF_QUEUES
from punctuald.process.channel.frames import Available, Unavailable
from punctuald.process.supervisor.announcements import status_of
from punctuald.process.supervisor.queue_states import QueueStates

GONE = Unavailable("orders", "no such queue", refused=True)
BACK = Available("orders")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def states(clock: ManualClock) -> QueueStates:
    return QueueStates(["orders", "invoices"], clock)


def test_an_outage_that_lasts_is_told_again_every_five_minutes_and_at_its_end_how_long_it_was(
    states: QueueStates, clock: ManualClock
) -> None:
    with capture_logs() as log:
        states.changed(1, GONE)
        for _ in range(660):
            clock.advance(1.0)
            states.remind()
        states.changed(1, BACK)
        clock.advance(1_000.0)
        states.remind()
    assert [(line["event"], line.get("seconds")) for line in log] == [
        ("queue.unavailable", None),
        ("queue.still_unavailable", 300.0),
        ("queue.still_unavailable", 600.0),
        ("queue.available", 660.0),
    ]
    assert [line["text"] for line in log[:3]] == ["no such queue"] * 3


def test_a_queue_that_comes_and_goes_with_every_call_does_not_flood_the_log(
    states: QueueStates, clock: ManualClock
) -> None:
    with capture_logs() as log:
        for _ in range(10_000):
            states.changed(1, GONE)
            states.changed(1, BACK)
            clock.advance(0.001)
        states.end()
    assert len(log) == 2 * OF_QUEUES.lines + 1
    assert log[-1]["events"] == dict.fromkeys(("queue.unavailable", "queue.available"), 10_000 - OF_QUEUES.lines)


def test_a_worker_that_is_ready_has_every_queue_of_which_it_said_nothing_else(states: QueueStates) -> None:
    states.changed(1, GONE)
    states.ready(1)
    assert (states.unavailable, sorted(states.available)) == (["orders"], ["invoices"])


def test_it_is_unavailable_while_one_worker_says_so_with_one_line_for_each_change(states: QueueStates) -> None:
    with capture_logs() as log:
        states.changed(1, GONE)
        states.changed(2, GONE)
        states.changed(1, BACK)
        assert states.unavailable == ["orders"]
        states.changed(2, BACK)
        assert states.unavailable == []
    assert [(line["event"], line["queue"]) for line in log] == [
        ("queue.unavailable", "orders"),
        ("queue.available", "orders"),
    ]
    assert log[0]["text"] == "no such queue"


def test_the_word_of_a_dead_worker_holds_until_another_has_said_something(states: QueueStates) -> None:
    states.changed(1, GONE)
    states.ended(1)
    assert states.unavailable == ["orders"]
    states.ready(2)
    assert states.unavailable == []


def test_where_others_have_the_queue_the_word_of_a_dead_worker_is_forgotten(states: QueueStates) -> None:
    states.ready(1)
    states.changed(2, GONE)
    states.ended(2)
    assert (states.unavailable, sorted(states.available)) == ([], ["invoices", "orders"])


def test_queues_that_are_not_in_force_are_forgotten_and_none_is_made_up(states: QueueStates) -> None:
    states.changed(1, GONE)
    states.changed(1, Unavailable("made up", "by user code", refused=True))
    assert states.unavailable == ["orders"]
    states.keep(["invoices"])
    assert states.unavailable == []


def test_the_status_line_names_what_is_unavailable_and_stays_one_line() -> None:
    assert status_of(2, []) == "2 workers ready"
    assert status_of(2, ["orders"]) == "2 workers ready; unavailable: orders"
    many = status_of(2, [f"q{number}" for number in range(256)])
    assert many == "2 workers ready; unavailable: q0, q1, q2, q3, q4, q5, q6, q7 and 248 more"
