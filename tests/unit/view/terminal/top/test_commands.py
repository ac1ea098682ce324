"""What the keys mean."""

from __future__ import annotations

from typing import Any

import pytest

from doubles.status_documents import document, pool, queue, worker
from punctuald.view.terminal.top.commands import KNOWN_AFTER_SNAPSHOTS, Request, Step, press
from punctuald.view.terminal.top.keys import DOWN, PAGE_DOWN, PAGE_UP, UP
from punctuald.view.terminal.top.viewing import Viewing

BODY_HEIGHT = 20


def after(keys: list[str], news: Any = None, viewing: Viewing | None = None) -> Step:
    """What the last of the keys came to."""
    step = Step(viewing or Viewing())
    for key in keys:
        step = press(key, document() if news is None else news, step.viewing, BODY_HEIGHT)
    return step


def workers_asked(step: Step) -> object:
    assert step.request is not None
    assert step.request.verb == "scale"
    return step.request.arguments["workers"]


def test_plus_and_minus_ask_for_one_worker_more_and_one_less() -> None:
    assert workers_asked(after(["+"])) == 5
    assert workers_asked(after(["="])) == 5
    assert workers_asked(after(["-"])) == 3


def test_plus_twice_is_two_more_though_the_document_does_not_know_yet() -> None:
    assert workers_asked(after(["+", "+"])) == 6


def test_when_the_document_can_know_what_was_asked_for_it_counts_again() -> None:
    asked = after(["+", "+"]).viewing
    later = document(snapshot=17 + KNOWN_AFTER_SNAPSHOTS, pool=pool(scaled_to=2))
    assert workers_asked(after(["+"], later, asked)) == 3
    restarted = document(snapshot=1)
    assert workers_asked(after(["+"], restarted, asked)) == 5


def test_plus_goes_on_from_the_number_that_a_person_set_before() -> None:
    assert workers_asked(after(["+"], document(pool=pool(scaled_to=6, workers_wanted=4)))) == 7


@pytest.mark.parametrize(("key", "wanted", "limit"), [("+", 8, "max_workers is 8"), ("-", 1, "min_workers is 1")])
def test_at_the_configurations_limits_it_is_said_and_not_asked(key: str, wanted: int, limit: str) -> None:
    step = after([key], document(pool=pool(workers_wanted=wanted)))
    assert (step.request, step.notice) == (None, f"not scaled: {limit}")


def test_nobody_is_asked_for_a_number_that_nobody_knows() -> None:
    step = after(["+"], {})
    assert step.request is None
    assert "not known" in step.notice


def test_a_gives_the_decision_back_to_the_autoscaler() -> None:
    step = after(["+", "a"])
    assert step.request == Request("scale", {"workers": None})
    assert step.viewing.asked_scale is None


def test_p_pauses_the_selected_queue_and_resumes_a_paused_one() -> None:
    assert after(["j", "p"]).request == Request("pause", {"queue": "invoices"})
    paused = document(queues=[queue("orders"), queue("invoices", paused=True)])
    assert after(["j", "p"], paused).request == Request("resume", {"queue": "invoices"})
    assert after(["p"], document(queues=[])).notice == "no queue is known"


def test_j_k_and_arrows_select_and_stop_at_the_ends() -> None:
    assert after(["j", "j", "j", "j"]).viewing.queue == "reports"
    assert after([DOWN, DOWN, UP]).viewing.queue == "invoices"
    assert after(["k"]).viewing.queue == "orders"
    assert after(["j"], document(queues=[])).viewing.queue is None


def test_a_selected_queue_stays_so_when_others_come_and_the_first_is_when_it_is_gone() -> None:
    selected = after(["j"]).viewing
    more = document(queues=[queue("new"), queue("orders"), queue("invoices")])
    assert after(["p"], more, selected).request == Request("pause", {"queue": "invoices"})
    assert after(["p"], document(queues=[queue("other")]), selected).request == Request("pause", {"queue": "other"})


def test_pages_of_workers_follow_one_another_and_stop_at_the_ends() -> None:
    crowd = document(workers=[worker(index) for index in range(64)])
    page = after([PAGE_DOWN], crowd).viewing.first_worker
    assert page > 3
    assert after(["J", "J"], crowd).viewing.first_worker == 2 * page
    assert after([PAGE_DOWN, PAGE_UP, "K"], crowd).viewing.first_worker == 0
    at_the_end = after([PAGE_DOWN] * 30, crowd).viewing.first_worker
    assert at_the_end == 64 - page
    assert after([PAGE_UP], crowd, Viewing(first_worker=at_the_end)).viewing.first_worker == at_the_end - page


def test_d_drains_only_after_y() -> None:
    assert after(["d"]).request is None
    assert after(["d", "y"]).request == Request("drain")
    for key in ("n", "q", "d", UP):
        step = after(["d", key])
        assert (step.request, step.ends, step.viewing.confirms_drain) == (None, False, False)
        assert step.notice == "not drained"


def test_q_leaves_and_help_goes_with_any_key() -> None:
    assert after(["q"]).ends
    assert after(["?"]).viewing.shows_help
    assert after(["h", "x"]) == Step(Viewing())
    assert after(["?", "+"]).request is None
    assert after(["?", "q"]).ends


def test_a_key_of_no_meaning_changes_nothing() -> None:
    assert after(["x"]) == Step(Viewing())
