"""`punctuald why` for a person."""

from __future__ import annotations

from doubles.status_documents import document, pool, queue, tier
from punctuald.view.terminal.human import UNKNOWN
from punctuald.view.terminal.why import decision_text, reasons_now

LIMITED = {"concurrency": 2, "rate_per_second": 20.5, "weight": 1}


def test_a_decision_is_its_sentences_and_then_its_numbers() -> None:
    text = decision_text("2026-11-27T16:00:00.000Z", ["4 workers."], {"rate_per_second": 20.5, "cap_cpu": 8, "x": None})
    assert text.splitlines() == [
        "The decision of 2026-11-27T16:00:00.000Z:",
        "  4 workers.",
        "",
        "  rate per second  20.5",
        "  cap cpu          8",
        f"  x                {UNKNOWN}",
    ]


def test_where_nothing_stands_in_the_way_nothing_is_said() -> None:
    assert reasons_now(document(queues=[queue()])) == []


def test_a_person_who_asked_for_a_number_is_remembered() -> None:
    assert reasons_now(document(pool=pool(scaled_to=3, target=5), queues=[])) == [
        "A person asked for 3 workers, so the autoscaler's 5 do not count."
    ]


def test_queues_that_cost_no_worker_are_named_with_the_reason() -> None:
    queues = [
        queue("a", state="paused", paused=True),
        queue("b", state="unavailable", text="access denied"),
        queue("c", limits=LIMITED),
    ]
    assert reasons_now(document(queues=queues)) == [
        "a is paused; it is no reason for more workers.",
        "b is unavailable: access denied; it is no reason for more workers.",
        "c may have 2 messages at once and 20.5 starts a second; what waits for that is no reason for more workers.",
    ]


def test_what_a_person_should_know_of_the_pool_and_its_tiers_is_said() -> None:
    violated = tier("peak", violated=True, violated_since="2026-11-27T15:00:00.000Z", overdue=12)
    lines = reasons_now(
        document(pool=pool(workers_given_up=2), reload_failed="no such tier", tiers=[violated], queues=[])
    )
    assert lines == [
        "2 workers are given up: they never came up; the log says why (process.fatal).",
        "no such tier.",
        "peak has been violated since 2026-11-27T15:00:00.000Z; overdue now: 12.",
    ]


def test_of_another_time_nothing_is_known_but_the_decision() -> None:
    assert reasons_now({"decision": {}}) == []


def test_what_a_server_said_steers_no_terminal() -> None:
    [line] = reasons_now(document(queues=[queue(state="unavailable", text="\x1b[2J")]))
    assert "\x1b" not in line
