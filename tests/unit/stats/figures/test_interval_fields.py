"""An interval's log lines: each valid alone, none too long, and no more than there is to say."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from random import Random
from typing import Any

import orjson

from doubles.stats.interval_line import FIELDS
from doubles.stats.sample_rows import Sample, record
from punctuald.logs import LINE_BYTES
from punctuald.model import Backlog, Metric
from punctuald.policy.scaling.decide import Reason
from punctuald.stats.board.board import Board
from punctuald.stats.board.interval.scaling_words import ScalingWords
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.interval_fields import interval_lines
from punctuald.stats.figures.interval_reader import IntervalReader

BEGIN_UTC = 1_700_000_000.0
OVERHEAD_BYTES = 200  # timestamp, level, event, process


def lines_of(board: Board) -> list[dict[str, Any]]:
    thresholds = dict.fromkeys(board.layout.tiers, 3.0)
    interval = IntervalReader([board], threshold_seconds=thresholds).read(now_mono=10.0)
    lines = interval_lines(interval, begin_utc=BEGIN_UTC, seconds=10.0)
    assert max(len(orjson.dumps(line)) for line in lines) <= LINE_BYTES - OVERHEAD_BYTES
    assert set(chain.from_iterable(lines)) <= FIELDS
    return lines


def board_of(*queues: str) -> Board:
    board = Board(Layout(queues=queues or ("orders",), tiers=("peak", "off"), handler_slots=1, workers=1))
    board.writer(0).attach(pid=1, now_mono=1.0)
    return board


def test_an_interval_without_messages_is_one_short_line() -> None:
    board = board_of("orders", "mails")
    board.writer(0).count(0, Metric.RECEIVE_EMPTY, 3)
    board.writer(0).count(0, Metric.REQUEST_RECEIVE, 3)
    [line] = lines_of(board)
    assert line == {
        "scope": "daemon",
        "begin": "2023-11-14T22:13:20.000Z",
        "seconds": 10.0,
        "workers_ready": 0,
        "busy_slots": 0,
        "idle": {"orders": {"receive_empty": 3, "request_receive": 3}},
    }
    assert len(orjson.dumps(line)) < 200


def test_a_backlog_says_how_long_ago_it_was_counted() -> None:
    board = board_of()
    board.writer(board.layout.workers).attach(pid=2, now_mono=1.0)
    backlog = Backlog(visible=5, in_flight=1, delayed=0, read_mono=7.96)
    board.decision_writer().write(
        ScalingWords(decided_mono=9.0, workers=1, reason=Reason.ARRIVALS, backlogs={0: backlog})
    )
    [line] = [line for line in lines_of(board) if line["scope"] == "queue"]
    assert line["backlog"] == {"visible": 5, "in_flight": 1, "delayed": 0, "age_seconds": 2.0}


def test_a_streams_backlog_says_by_how_much_it_is_behind_too() -> None:
    board = board_of()
    board.writer(board.layout.workers).attach(pid=2, now_mono=1.0)
    backlog = Backlog(visible=5, in_flight=0, delayed=0, read_mono=7.96, behind_seconds=1.25)
    board.decision_writer().write(
        ScalingWords(decided_mono=9.0, workers=1, reason=Reason.ARRIVALS, backlogs={0: backlog})
    )
    [line] = [line for line in lines_of(board) if line["scope"] == "queue"]
    assert line["backlog"]["behind_seconds"] == 1.25


def test_two_hundred_idle_queues_are_in_parts_of_the_one_line() -> None:
    board = board_of(*(f"queue-with-a-name-{number}" for number in range(200)))
    for number in range(200):
        board.writer(0).count(number, Metric.RECEIVE_EMPTY, number + 1)
    lines = lines_of(board)
    assert len(lines) <= 4
    idle = {queue: counts["receive_empty"] for line in lines for queue, counts in line["idle"].items()}
    assert idle == {f"queue-with-a-name-{number}": number + 1 for number in range(200)}


def test_parts_have_everything_once_and_are_valid_alone() -> None:
    random = Random(7)  # noqa: S311 - which durations they are is no secret
    board = board_of()
    for number in range(3_000):
        waited, ready, handle, settle = (random.lognormvariate(-3, 2) for _ in range(4))
        record(board.writer(0), [Sample(0, 0.0, waited, ready, handle, settle, met=number % 3 > 0)])
    parts = [line for line in lines_of(board) if line["scope"] == "tier"]
    assert [(part["part"], part["parts"]) for part in parts] == [(n, len(parts)) for n in range(1, len(parts) + 1)]
    assert len(parts) > 2
    assert {(part["queue"], part["tier"], part["begin"], part["seconds"]) for part in parts} == {
        ("orders", "peak", "2023-11-14T22:13:20.000Z", 10.0)
    }
    assert [sum(part.get(name, 0) for part in parts) for name in ("count", "met", "missed")] == [3_000, 2_000, 1_000]
    cells: Counter[str] = Counter()
    for part in parts:
        for stage, pairs in part.get("histograms", {}).items():
            cells[stage] += sum(count for _, count in pairs)
    assert cells == dict.fromkeys(("produce", "queue", "ready", "handle", "settle", "end_to_end"), 3_000)


def test_the_longest_names_and_errors_fit() -> None:
    board = board_of("é" * 80)
    writer = board.writer(0)
    writer.count(0, Metric.DONE)
    for number in range(40):
        writer.error("é" * 80, f"Error{number} /{'ü' * 300}.py:{number}")
    lines = [line for line in lines_of(board) if line["scope"] == "queue"]
    assert sum(len(line.get("errors", {})) for line in lines) == 10
    assert sum(line.get("other_errors", 0) for line in lines) == 30
