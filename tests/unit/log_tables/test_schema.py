"""docs/report.md against the tables, both ways round; and its questions, asked."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from doubles.log_report.made_log import NOON, daemon, line, queue, tables, tier, write
from printed_examples import FENCE
from punctuald.log_tables.schema import TABLES, VIEWS
from punctuald.log_tables.span import LogUnreadable

PAGE = (Path(__file__).parents[3] / "docs" / "report.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<name>[a-z_]+)` \| [^|]+ \| (?P<columns>[^|]+) \|$", re.MULTILINE)
DOCUMENTED = {row["name"]: re.findall(r"`([a-z_0-9]+)`", row["columns"]) for row in ROW.finditer(PAGE)}
QUESTIONS = [
    words[words.index("--sql") + 1]
    for language, block in FENCE.findall(PAGE)
    if language == "sh"
    for words in [
        shlex.split(each, comments=True) for each in re.findall(r'^punctuald[^"\n]*(?:"[^"]*")?', block, re.MULTILINE)
    ]
    if "--sql" in words
]
LINES = [
    daemon(idle={"mail": {"request_receive": 3}}),
    tier(met=5, late={"queue": 2}, end_to_end={1280: 7}, overdue=1),
    queue(NOON, counts={"request_receive": 4}, errors={"ValueError shop.py:7": 1}, duplicates_by={"lease_lost": 1}),
    line("stats.arrivals", process="autoscaler", first_second=int(NOON), counts=[0, 7, 2]),
    line("sla.violated", process="observer", tier="peak", since="2026-11-27T12:00:00Z", late=5),
]


@pytest.mark.parametrize("name", [*(table.name for table in TABLES), *VIEWS])
def test_the_page_has_the_columns_of_each_table(tmp_path: Path, name: str) -> None:
    with tables(write(tmp_path / "vm1.log", LINES)) as log:
        columns, _ = log.answer(f"FROM {name}")
    assert columns == ["host", *DOCUMENTED[name]]


def test_the_page_has_no_other_tables() -> None:
    assert set(DOCUMENTED) == {*(table.name for table in TABLES), *VIEWS}


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_each_view_has_rows(tmp_path: Path, view: str) -> None:
    with tables(write(tmp_path / "vm1.log", LINES)) as log:
        [(rows,)] = log.rows(f"SELECT count(*) FROM {view}")  # noqa: S608 - ours
    assert rows > 0


def test_the_pages_questions_have_answers(tmp_path: Path) -> None:
    assert len(QUESTIONS) >= 4
    with tables(write(tmp_path / "vm1.log", LINES)) as log:
        for question in QUESTIONS:
            assert log.answer(question)[0], question


def test_a_cell_has_its_seconds(tmp_path: Path) -> None:
    with tables(write(tmp_path / "vm1.log", LINES)) as log:
        assert log.rows("SELECT stage, messages, from_seconds, to_seconds FROM latencies") == [
            ("end_to_end", 7, 1.0, 1.015625)
        ]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY lines TO '/tmp/x'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
def test_a_question_reaches_nothing_but_the_log(tmp_path: Path, question: str) -> None:
    with tables(write(tmp_path / "vm1.log", LINES)) as log, pytest.raises(LogUnreadable):
        log.answer(question)


def test_a_wrong_question_is_one_line(tmp_path: Path) -> None:
    with tables(write(tmp_path / "vm1.log", LINES)) as log, pytest.raises(LogUnreadable) as refused:
        log.answer("SELECT colour FROM intervals_tier")
    assert "colour" in str(refused.value)
    assert "\n" not in str(refused.value)
