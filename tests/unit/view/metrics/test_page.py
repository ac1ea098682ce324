"""What Prometheus reads: read here by its own client's parsers, from a board that workers wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from prometheus_client.core import Metric as Family
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from doubles.stats.daemon_on_a_board import LAYOUT, read_daemon, written_board
from doubles.stats.sample_rows import Sample, record
from doubles.status_documents import both_kinds, document, pool, queue, worker
from punctuald.model import Metric, Stage
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.stats.board.board import Board
from punctuald.view.metrics import page
from punctuald.view.metrics.queues import OUTCOMES, TOTALS

Values = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def values_of(families: Iterable[Family]) -> Values:
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


STATUS = document()


def shown(*boards: Board, **status: Any) -> Values:
    families = page.families(read_daemon(*boards), document(**status))
    return values_of(text_string_to_metric_families(page.text(families).decode()))


def of(values: Values, name: str, **labels: str) -> float:
    return values[f"punctuald_{name}", frozenset(labels.items())]


def test_both_forms_say_the_same() -> None:
    board = written_board()
    plain = text_string_to_metric_families(page.text(page.families(read_daemon(board), STATUS)).decode())
    text = page.open_metrics(page.families(read_daemon(board), STATUS)).decode()
    open_form = openmetrics.text_string_to_metric_families(text)
    assert values_of(plain) == values_of(open_form)


def test_open_metrics_has_units() -> None:
    text = page.open_metrics(page.families(read_daemon(written_board()), STATUS)).decode()
    assert "# UNIT punctuald_message_stage_seconds seconds\n" in text
    assert text.endswith("# EOF\n")


def test_messages_are_on_time_or_late_by_a_cause() -> None:
    values = shown(written_board())
    pair = {"queue": "orders", "tier": "peak"}
    assert of(values, "sla_met_total", **pair) == 2
    assert of(values, "sla_missed_total", **pair, cause="queue") == 1
    assert of(values, "sla_missed_total", **pair, cause="handle") == 0
    assert of(values, "overdue_messages", **pair) == 0


def test_every_counter_of_the_board_is_shown_once() -> None:
    board = written_board()
    writer = board.writer(0)
    for metric in Metric:
        writer.count(1, metric, 1000 + metric)
    mails = [value for (_, labels), value in shown(board).items() if ("queue", "mails") in labels and value >= 1000]
    assert sorted(mails) == [1000 + metric for metric in Metric]
    assert not set(TOTALS) & set(OUTCOMES)


def test_a_queue_that_nothing_was_counted_of_is_there_with_zeros() -> None:
    values = shown(Board(LAYOUT))
    assert of(values, "messages_total", queue="mails", outcome="done") == 0
    assert of(values, "sla_violated", tier="off") == 0


def test_what_is_not_known_is_left_out() -> None:
    nothing = dict.fromkeys(pool())
    values = shown(Board(LAYOUT), pool=nothing, workers=[], state=None, up_seconds=None, generation=None)
    names = {name for name, _ in values}
    assert not names & {"punctuald_backlog_messages", "punctuald_workers", "punctuald_head_age_seconds"}
    assert not names & {"punctuald_slots", "punctuald_up_seconds", "punctuald_state", "punctuald_loop_lag_seconds"}


def test_a_histogram_has_its_tiers_thresholds_and_counts_exactly_up_to_each() -> None:
    values = shown(written_board())
    stage = {"queue": "orders", "tier": "peak", "stage": "end_to_end"}
    below = {le: of(values, "message_stage_seconds_bucket", **stage, le=le) for le in ("2.0", "3.0", "5.0", "+Inf")}
    assert below == {"2.0": 2, "3.0": 2, "5.0": 3, "+Inf": 3}
    assert of(values, "message_stage_seconds_count", **stage) == 3
    assert of(values, "message_stage_seconds_sum", **stage) == pytest.approx(0.6 + 0.6 + 4.5)


def test_every_stage_has_a_histogram() -> None:
    stages = {dict(labels)["stage"] for name, labels in shown(written_board()) if name.endswith("_seconds_count")}
    assert stages == {stage.name.lower() for stage in Stage}


def test_caps_and_the_backlog_are_the_autoscalers() -> None:
    values = shown(written_board())
    assert of(values, "workers_cap", guard="cpu") == 4
    assert of(values, "head_age_seconds") == pytest.approx(0.8)
    assert of(values, "backlog_messages", queue="orders") == 12
    assert of(values, "backlog_age_seconds", queue="orders") == pytest.approx(4.0)


def test_workers_are_counted_by_what_they_are_at() -> None:
    values = shown(written_board(), pool=pool(workers_draining=2, target=5))
    assert of(values, "workers", state="ready") == 4
    assert of(values, "workers", state="draining") == 2
    assert (of(values, "workers_wanted"), of(values, "workers_target")) == (4, 5)


def test_slots_are_counted_by_what_runs_in_them() -> None:
    values = shown(written_board(), pool=pool(**both_kinds(2)))
    assert (of(values, "busy_slots", kind="thread"), of(values, "slots", kind="thread")) == (8, 8)
    assert (of(values, "busy_slots", kind="coroutine"), of(values, "slots", kind="coroutine")) == (2, 200)


def test_a_kind_that_no_handler_is_has_no_slots_that_a_share_could_be_taken_of() -> None:
    kinds = {labels for name, labels in shown(written_board(), pool=pool()) if name.endswith("slots")}
    assert kinds == {frozenset({("kind", "thread")})}


def test_what_one_worker_does_not_say_yet_is_left_out_for_that_one() -> None:
    workers = [worker(0, pss_bytes=1 << 20), worker(1, loop_lag_seconds=None, held=None)]
    values = shown(written_board(), workers=workers)
    assert of(values, "memory_bytes", worker="0") == 1 << 20
    assert of(values, "loop_lag_seconds", worker="0") == pytest.approx(0.002)
    assert not [key for key in values if ("worker", "1") in key[1] and "lag" in key[0]]


def test_the_daemon_and_each_queue_have_one_state() -> None:
    queues = [queue("orders"), queue("mails", state="down")]
    values = shown(written_board(), state="reloading", reload_failed="mend it", queues=queues)
    assert [dict(labels)["state"] for (name, labels), on in values.items() if name.endswith("_state") and on] == [
        "reloading",
        "available",
        "down",
    ]
    assert of(values, "reload_failed") == 1


def test_starts_and_deaths_are_counted_by_role() -> None:
    board = written_board()
    board.tables.supervisor_words.died("worker")
    values = shown(board)
    assert of(values, "starts_total", role="worker") == 2
    assert of(values, "deaths_total", role="worker") == 1
    assert of(values, "deaths_total", role="autoscaler") == 0


def break_worker(board: Board) -> None:
    board.retire(0)


def start_another(board: Board) -> None:
    board.writer(0).attach(pid=102, now_mono=5.0)


@pytest.mark.parametrize("change", [break_worker, start_another])
def test_no_total_goes_back_when_workers_come_and_go(change: Callable[[Board], None]) -> None:
    board = written_board()
    before = shown(board)
    change(board)
    after = shown(board)
    totals = {key: value for key, value in before.items() if key[0].endswith(("_total", "_bucket", "_count", "_sum"))}
    assert len(totals) > 100
    assert [key for key, value in totals.items() if after[key] < value] == []


def test_a_reload_that_needs_another_board_takes_nothing_away() -> None:
    old = written_board()
    fresh = Board(LAYOUT, old.tables)
    writer = fresh.writer(0)
    writer.attach(pid=200, now_mono=6.0)
    record(writer, [Sample(0, 0.0, 4.0, 0.0, 0.5, 0.0, met=False, queue=0, cause=MissCause.HANDLE)])
    values = shown(old, fresh)
    pair = {"queue": "orders", "tier": "peak"}
    assert of(values, "sla_met_total", **pair) == 2
    assert of(values, "sla_missed_total", **pair, cause="handle") == 1
