"""The recipes of docs/operations.md, "The promise over any span", run as they are printed there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import orjson
import pytest

from doubles.stats.sample_rows import Sample, record
from printed_examples import blocks_of
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.interval_fields import interval_lines
from punctuald.stats.figures.interval_reader import IntervalReader

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = OPERATIONS.split("### The promise over any span")[1].split("\n## ")[0]
BEGIN = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
HOURS = 4
MESSAGES = (300, 400, 0, 200)  # in one interval of each hour
CAUSES = (MissCause.OUTAGE, MissCause.QUEUE, MissCause.HANDLE)

needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")


def recipe(language: str, title: str) -> str:
    """What stands below the comment that begins with ``title``."""
    [block] = blocks_of(SECTION, language)
    [found] = re.findall(rf"^(?:#|--) {title}.*?\n(.*?)(?=^(?:#|--) |\Z)", block, re.DOTALL | re.MULTILINE)
    return str(found)


class Day:
    """Two hosts' logs of some hours, and what is true of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.missed: Counter[str] = Counter()
        self.seconds: dict[int, list[float]] = {}
        self.late: Counter[int] = Counter()
        lines = [b"a handler's print\n", orjson.dumps({"event": "daemon.started", "level": "info"}) + b"\n"]
        for host in range(2):
            lines += [orjson.dumps(line) + b"\n" for line in self._host(Random(host))]  # noqa: S311
        (directory / "daemon.log").write_bytes(b"".join(lines))

    def _host(self, random: Random) -> list[dict[str, Any]]:
        board = Board(Layout(queues=("orders",), tiers=("peak", "off"), handler_slots=1, workers=1))
        writer, lines = board.writer(0), list[dict[str, Any]]()
        writer.attach(pid=1, now_mono=1.0)
        intervals = IntervalReader([board], threshold_seconds={"peak": 3.0, "off": 10.0})
        for hour, messages in enumerate(MESSAGES):
            for _ in range(messages):
                record(writer, [self._message(hour, random)])
            interval = intervals.read(now_mono=1.0)
            intervals.logged()
            begin_utc = BEGIN.timestamp() + 3_600 * hour + 1_800
            lines += interval_lines(interval, begin_utc=begin_utc, seconds=10.0)
        return [{"event": "stats.interval", "level": "info", **line} for line in lines]

    def _message(self, hour: int, random: Random) -> Sample:
        seconds, cause = random.lognormvariate(0, 1), random.choice(CAUSES)
        met = seconds <= 3.0
        self.seconds.setdefault(hour, []).append(seconds)
        if not met:
            self.missed[cause.name.lower()] += 1
            self.late[hour] += 1
        return Sample(random.randrange(2), 0.0, seconds, 0.0, 0.0, 0.0, met=met, cause=cause)

    @property
    def compliance(self) -> dict[str, Any]:
        """By hour."""
        return {
            f"2026-11-27T{13 + hour}": pytest.approx(1 - self.late[hour] / len(seconds))
            for hour, seconds in self.seconds.items()
        }

    def p95(self, *hours: int) -> float:
        """Of these hours, as far as a cell's width lets it be known."""
        seconds = sorted(each for hour in hours for each in self.seconds.get(hour, []))
        return float(seconds[ceil(0.95 * len(seconds)) - 1])

    def jq(self, title: str) -> list[Any]:
        """What the recipe prints."""
        done = subprocess.run(
            ["bash", "-c", recipe("sh", title)],
            cwd=self.directory,
            capture_output=True,
            check=True,
            text=True,
        )
        assert done.stderr == ""
        return [orjson.loads(line) for line in done.stdout.splitlines()]

    def duckdb(self, title: str) -> list[tuple[Any, ...]]:
        """The rows that the recipe gives."""
        [block] = blocks_of(SECTION, "sql")
        create = block.split("\n-- ")[0].replace("daemon.log", str(self.directory / "daemon.log"))
        with duckdb.connect() as connection:
            connection.execute(create)
            return connection.execute(recipe("sql", title)).fetchall()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("day"))


def test_the_log_has_intervals_in_parts_and_of_several_hosts(day: Day) -> None:
    lines = (day.directory / "daemon.log").read_bytes().splitlines()
    assert sum(b'"part":2' in line for line in lines) >= 2


@needs_jq
def test_jq_gives_the_compliance_by_hour(day: Day) -> None:
    assert {row["hour"]: row["compliance"] for row in day.jq("compliance by hour")} == day.compliance


@needs_jq
def test_jq_gives_the_worst_hour(day: Day) -> None:
    [worst] = day.jq("the worst hour")
    assert worst["compliance"] == pytest.approx(min(1 - day.late[hour] / len(day.seconds[hour]) for hour in day.late))


@needs_jq
def test_the_causes_that_jq_gives_add_up_to_all_misses(day: Day) -> None:
    [causes] = day.jq("why messages were late")
    assert causes == day.missed
    assert sum(causes.values()) == sum(day.late.values()) > 0


@needs_jq
def test_jq_gives_the_p95_of_a_span(day: Day) -> None:
    [p95] = day.jq("the p95 of any span")
    assert p95 == pytest.approx(day.p95(1, 2), rel=0.01)


def test_duckdb_gives_the_compliance_by_hour_the_worst_first(day: Day) -> None:
    rows = day.duckdb("compliance by hour")
    assert {f"{hour:%Y-%m-%dT%H}": compliance for hour, _, compliance in rows} == day.compliance
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)


def test_the_causes_that_duckdb_gives_add_up_to_all_misses(day: Day) -> None:
    causes = {cause: int(messages) for cause, messages in day.duckdb("why messages were late")}
    assert causes == day.missed


def test_duckdb_gives_the_p95_of_a_span(day: Day) -> None:
    [(p95,)] = day.duckdb("the p95 of any span")
    assert p95 == pytest.approx(day.p95(1, 2), rel=0.01)


def test_the_table_of_the_whole_log_takes_intervals_too(day: Day) -> None:
    [block] = [block for block in blocks_of(OPERATIONS, "sql") if block.startswith("CREATE TABLE log ")]
    create, events, *_ = block.replace("daemon.log", str(day.directory / "daemon.log")).split(";\n")
    with duckdb.connect() as connection:
        connection.execute(create)
        counted = {event: lines for event, _, lines in connection.execute(events).fetchall()}
    assert counted["stats.interval"] >= 2 * HOURS
