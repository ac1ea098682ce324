from __future__ import annotations

import re
from typing import Any

import pytest
from rich.cells import cell_len

from doubles.status_documents import both_kinds, decision, document, pool, queue, tier, worker
from punctuald.view.terminal.human import UNKNOWN
from punctuald.view.terminal.printable import NO_LIMIT
from punctuald.view.terminal.status import DECISIONS_SHOWN, status_text
from punctuald.view.terminal.workers import workers_text

WIDTH = 80
WIDE = 160


def row(text: str, start: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [start])


def test_the_head_says_which_daemon_it_is_and_how_its_pool_stands() -> None:
    assert status_text(document(), WIDTH).splitlines()[:3] == [
        "punctuald 0.1.0  on vm1  pid 4711  running  up 12.30 s  generation 1",
        "workers 4 ready  4 wanted (auto, 1 to 8)  slots 3/16 busy",
        "/etc/punctuald/config.toml  as of 16:00:00 UTC",
    ]


def test_threads_that_are_all_busy_are_seen_beside_coroutines_that_are_free() -> None:
    text = status_text(document(pool=pool(**both_kinds(4)), workers=[worker(0, **both_kinds())]), WIDTH)
    assert "4 wanted (auto, 1 to 8)  16/16 threads 4/400 coroutines\n" in text
    assert row(text, "0")[:6] == ["0", "4713", "ready", "4/4", "1/100", "0"]


def test_a_daemon_of_coroutines_only_has_slots_as_one_of_functions_only_has() -> None:
    counts = {"slots": 100, "busy_slots": 7, "threads": 0, "busy_threads": 0, "coroutines": 100, "busy_coroutines": 7}
    text = status_text(document(pool=pool(**counts), workers=[worker(0, **counts)]), WIDTH)
    assert "  slots 7/100 busy\n" in text
    assert row(text, "0")[3] == "7/100"


def test_the_slots_of_a_large_pool_fit_into_80_columns_before_its_bounds_do() -> None:
    large = pool(workers_ready=90, workers_starting=8, workers_wanted=98, max_workers=120, **both_kinds(90))
    assert "98 wanted  360/360 threads 90/9000 coroutines\n" in status_text(document(pool=large), WIDTH)
    assert "98 wanted (auto, 1 to 120)  360/360" in status_text(document(pool=large), WIDE)


def test_a_daemon_of_the_version_before_says_its_slots_as_one_sum() -> None:
    old = document(pool={name: value for name, value in pool().items() if "threads" not in name})
    assert "  slots 3/16 busy\n" in status_text(old, WIDTH)


def test_where_several_queues_wait_the_age_of_the_oldest_of_all_messages_is_said() -> None:
    """Which of them has it, SQS does not say."""
    waiting = [queue("orders", head_age_seconds=None), queue("invoices", head_age_seconds=None)]
    line = status_text(document(queues=waiting, head_age_seconds=71.0), WIDTH).splitlines()[2]
    assert line == "/etc/punctuald/config.toml  as of 16:00:00 UTC  oldest message waits 1m 11s"
    unknown = status_text(document(queues=waiting, head_age_seconds=None), WIDTH).splitlines()[2]
    assert unknown == "/etc/punctuald/config.toml  as of 16:00:00 UTC"


def test_workers_that_are_not_ready_are_counted_by_state() -> None:
    changed = pool(workers_starting=1, workers_backing_off=2, scaled_to=6)
    text = status_text(document(pool=changed), WIDE)
    assert "workers 4 ready, 1 starting, 2 backing off  4 wanted (by hand, 1 to 8)" in text


def test_a_queue_has_its_figures_and_an_unavailable_one_its_reason() -> None:
    text = status_text(document(), WIDTH)
    assert " ".join(row(text, "orders")) == "orders available 12 3 800 ms 20.1 19.9 3"
    assert row(text, "reports")[1] == "unavailable"
    assert "  reports: access denied\n" in text


def test_all_is_said_of_what_is_the_matter_with_a_queue() -> None:
    """It may say at its end what to do about it."""
    reason = (
        "queue 'reports' (region us-east-1): it does not exist there: check the queue's name, region and endpoint_url"
    )
    text = status_text(
        document(queues=[queue("reports", state="unavailable", text=reason)], reload_failed=reason), WIDTH
    )
    words = " ".join(text.split())
    assert f"reports: {reason}" in words
    assert f"reload refused: {reason}" in words


def test_a_paused_queue_is_called_paused() -> None:
    assert row(status_text(document(queues=[queue(paused=True, state="available")]), WIDTH), "orders")[1] == "paused"


def test_limits_of_a_queue_are_shown_where_there_is_room_and_some_are_set() -> None:
    limited = queue(limits={"concurrency": 4, "rate_per_second": 20.0, "weight": 2})
    assert status_text(document(queues=[limited]), WIDE).count("4 at once, 20/s, weight 2") == 1


def test_a_tier_has_its_latencies_against_its_threshold_and_what_is_left_of_the_budget() -> None:
    text = status_text(document(), WIDTH)
    assert " ".join(row(text, "peak")) == "peak 3.00 s 100 ms 300 ms 500 ms 0 99.90 % 90 % no"


def test_what_is_past_the_threshold_is_marked_without_colours() -> None:
    late = tier(violated=True, violated_since="2026-11-27T15:58:00.100Z", budget_left=-1.5, overdue=7)
    late["interval"]["p99_seconds"] = 4.2
    text = status_text(document(tiers=[late]), WIDTH)
    assert " ".join(row(text, "peak")) == "peak 3.00 s 100 ms 300 ms 4.20 s! 7 99.90 % -150 % 15:58:00"


def test_a_budget_that_is_overspent_many_times_keeps_to_its_column() -> None:
    assert "<-999 % no" in status_text(document(tiers=[tier(budget_left=-123.0)]), WIDTH)


def test_a_worker_has_state_load_lag_and_the_message_that_it_has_been_at_the_longest() -> None:
    running = [
        {"slot": 0, "queue": "orders", "message_id": "young", "seconds": 0.1},
        {"slot": 1, "queue": "orders", "message_id": "old", "seconds": 75.0},
    ]
    text = status_text(document(workers=[worker(0, running=running, busy_slots=2)]), WIDTH)
    assert " ".join(row(text, "0")) == "0 4713 ready 2/4 0 12.5 2.0 ms 1m 15s +1 orders old"


def test_an_idle_worker_has_no_message() -> None:
    text = status_text(document(workers=[worker(0, running=[], busy_slots=0, state="backing_off", pid=None)]), WIDTH)
    assert " ".join(row(text, "0")) == f"0 {UNKNOWN} backing off 0/4 0 12.5 2.0 ms"


def test_decisions_stand_with_their_reasons_the_newest_first() -> None:
    decisions = [decision(number, reason=f"reason_{number}") for number in range(1, 10)]
    lines = [line for line in status_text(document(decisions=decisions), WIDTH).splitlines() if "reason " in line]
    assert len(lines) == DECISIONS_SHOWN
    assert " ".join(lines[0].split()) == "15:59:58 9 800 ms reason 9"


def test_a_decision_names_the_guards_that_allow_fewer_than_the_configuration() -> None:
    capped = decision(caps={"max_workers": 8, "memory": 1900, "cpu": 4})
    assert "  800 ms backlog  (at most: cpu 4)\n" in f"{status_text(document(decisions=[capped]), WIDTH)}\n"


def test_a_refused_reload_is_said() -> None:
    assert "reload refused: no [[queue]]\n" in status_text(document(reload_failed="no [[queue]]"), WIDTH)


def test_what_is_not_known_is_not_shown_as_nothing() -> None:
    """Wherever the document has None, the page has a dash, and no figure that nobody measured."""
    unknown = status_text(without_values(document()), WIDE)
    assert not re.search(r"\d", unknown.replace("P50", "").replace("P95", "").replace("P99", "").replace("1 MIN", ""))
    assert unknown.count(UNKNOWN) > 60


def without_values(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_values(each) for name, each in value.items()}
    return [without_values(each) for each in value] if isinstance(value, list) else None


def test_where_there_is_no_terminal_nothing_is_cut_or_left_out() -> None:
    long = {"queue": "q" * 80, "message_id": "m" * 300}
    running = [{"slot": 1, "seconds": 2.0, **long}]
    limited = queue(
        long["queue"], text="t" * 500, limits={"concurrency": 123456, "rate_per_second": 123456.5, "weight": 99}
    )
    full = document(queues=[limited], workers=[worker(0, running=running)], tiers=[tier("n" * 90)])
    for text in (status_text(full, NO_LIMIT), workers_text(full, NO_LIMIT)):
        assert "…" not in text
        assert f"{long['queue']} {long['message_id']}" in " ".join(text.split())
    for said in ("n" * 90, "t" * 500, "123456 at once, 123456/s, weight 99", "LIMITS", "MEMORY"):
        assert said in status_text(full, NO_LIMIT)


@pytest.mark.parametrize("width", [20, 40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_whatever_names_are_like(width: int) -> None:
    long = "a-very-long-name-of-a-queue" * 5
    wide = "本" * 50
    running = [{"slot": 0, "queue": long, "message_id": wide, "seconds": 1.0}]
    full = document(
        queues=[queue(long, text=wide), queue(wide)],
        tiers=[tier(long)],
        workers=[worker(0, running=running)],
        host=long,
    )
    lines = status_text(full, width).splitlines()
    assert [line for line in lines if cell_len(line) > width] == []
    assert any("…" in line for line in lines)


def test_control_characters_of_others_do_not_reach_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\r\n\u202e"
    running = [{"slot": 0, "queue": evil, "message_id": evil, "seconds": 1.0}]
    page = status_text(
        document(
            host=evil, state=evil, version=evil, reload_failed=evil, config=evil, utc=evil,
            tiers=[tier(evil, violated=True, violated_since=evil)], queues=[queue(evil, state=evil, text=evil)],
            workers=[worker(0, state=evil, running=running)],
            decisions=[decision(utc=evil, reason=evil, caps={evil: 1})],
        ),
        WIDE,
    )  # fmt: skip
    assert [each for each in page if not each.isprintable() and each != "\n"] == []
    assert "\\x1b" in page
