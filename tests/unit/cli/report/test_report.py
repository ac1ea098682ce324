"""`punctuald report`."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from doubles.log_report.made_log import HOUR, NOON, daemon, tier, write
from punctuald.cli import status_of
from punctuald.cli.report.steps import Steps
from punctuald.clock import ManualClock

LATE = "SELECT tier, sum(missed) AS late, NULL AS nothing FROM intervals_tier GROUP BY tier"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def log(tmp_path: Path) -> str:
    lines = [daemon(), tier(late={"queue": 10}), daemon(NOON + HOUR), tier(NOON + HOUR)]
    return str(write(tmp_path / "vm1.log", lines))


def test_it_prints_the_text_and_writes_the_page(log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", log]) == 0
    said = capsys.readouterr()
    assert "180 of 190 messages were on time: 94.74 %." in said.out
    assert "punctuald-report.html" in said.err
    assert (tmp_path / "punctuald-report.html").read_text().startswith("<!doctype html>")


def test_no_page_where_none_is_wanted(log: str, tmp_path: Path) -> None:
    assert status_of(["report", log, "--no-html"]) == 0
    assert list(tmp_path.glob("*.html")) == []


def test_json_has_all_figures(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", log, "--json", "--no-html"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [tier["missed"] for tier in found["tiers"]] == [10]
    assert found["lines"]["intervals"] == 4


def test_a_span_is_by_the_zones_clock(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", log, "--no-html", "--zone", "Europe/Berlin", "--since", "2026-11-27 14:00"]) == 0
    assert "90 of 90 messages were on time" in capsys.readouterr().out


def test_answers_as_table_json_and_csv(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", log, "--sql", LATE]) == 0
    assert capsys.readouterr().out.split() == ["tier", "late", "nothing", "peak", "10", "–"]  # noqa: RUF001 - a dash
    assert status_of(["report", log, "--sql", LATE, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"tier": "peak", "late": 10, "nothing": None}]
    assert status_of(["report", log, "--sql", LATE, "--csv"]) == 0
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [["tier", "late", "nothing"], ["peak", "10", ""]]


def test_two_spans_beside_each_other(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    spans = ("2026-11-27T12:00..2026-11-27T13:00", "2026-11-27T13:00..")
    assert status_of(["report", log, "--no-html", "--compare", *spans]) == 0
    assert re.search(r"peak: on time +90\.000 % +100\.00 % +\+10\.000 %", capsys.readouterr().out)


def test_two_logs_beside_each_other(log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = str(write(tmp_path / "vm2.log", [daemon(), tier(met=7)]))
    assert status_of(["report", "--compare", log, other, "--no-html"]) == 0
    assert "-183" in capsys.readouterr().out


def test_a_folder_is_all_logs_in_it(log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "vm2.log.gz", [daemon(), tier(met=10)], zipped=True)
    assert status_of(["report", str(Path(log).parent), "--no-html"]) == 0
    assert "190 of 200 messages" in capsys.readouterr().out


def test_a_log_that_says_nothing_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", str(write(tmp_path / "vm1.log", [])), "--no-html"]) == 1
    assert "There are no intervals" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "Say which log: files, - for stdin, or --unit punctuald for the journal."),
        (["a.log", "--unit", "punctuald"], 2, "--unit: the log is either in the journal or in files."),
        (["none.log"], 1, "none.log: can't be read: No such file or directory"),
        (["."], 78, "the folder has no file with .log in its name"),
        (["a.log", "--since", "noon"], 78, "--since: 'noon' is no moment such as 2026-11-27T14:00"),
        (["a.log", "--since", "1h", "--until", "2h"], 78, "--since: the span ends before it begins"),
        (["a.log", "--zone", "Mars/Base"], 2, "'Mars/Base' is no time zone such as Europe/Berlin"),
        (["a.log", "--csv"], 2, "--csv: is for --sql, and without --json."),
        (["a.log", "--compare", "a", "b", "--json"], 2, "--compare: goes neither with --sql nor with --json."),
        (["none.log", "--prices", "none.toml"], 78, "none.toml: can't be read"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["report", *arguments, "--no-html"]) == status
    assert said in capsys.readouterr().err


def test_a_page_that_can_not_be_written_is_one_line(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", log, "--html", "/proc/none/page.html"]) == 78
    assert "--html: /proc/none/page.html: can't be written" in capsys.readouterr().err


@pytest.mark.parametrize(("terminal", "expected"), [(True, "\r\x1b[Kreading 40 %\r\x1b[K"), (False, "reading 40 %\n")])
def test_progress_is_shown_now_and_then(*, terminal: bool, expected: str) -> None:
    clock, said = ManualClock(), list[str]()
    steps = Steps(clock, said.append, terminal=terminal)
    steps.show("reading", 1)
    clock.advance(10)
    steps.show("reading", 40)
    steps.show("reading", 41)
    steps.end()
    assert "".join(said) == expected
