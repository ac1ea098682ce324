"""`punctuald why`: of the running daemon, of an hour ago, or of a log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from doubles.process.answering import answering
from doubles.status_documents import document, pool
from punctuald.cli import status_of
from punctuald.cli.control.why import _last_time

FIELDS: dict[str, Any] = {"workers": 4, "workers_ordered": 2, "reason": "backlog", "demand_backlog": 3.5, "cap_cpu": 8}
DECISION = {"utc": "2026-11-27T16:00:00.000Z", "fields": FIELDS}
CONFIG = """
[sla]
timezone = "Europe/Berlin"
[[sla.tier]]
name = "peak"
threshold_seconds = 3
[[queue]]
name = "orders"
handler = "shop:handle"
"""
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


def test_the_decision_in_force_is_put_into_words_with_what_stands_in_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = document(pool=pool(scaled_to=3, target=4), queues=[])
    answer = {
        "decision": DECISION,
        **{name: now[name] for name in ("state", "reload_failed", "pool", "tiers", "queues")},
    }
    with answering(tmp_path / "s", answer) as daemon:
        assert status_of(["why", "--socket", str(tmp_path / "s")]) == 0
    assert daemon.asked == [{"verb": "why", "at_utc": None}]
    shown = capsys.readouterr().out
    assert shown.startswith(
        "The decision of 2026-11-27T16:00:00.000Z:\n  4 workers, where 2 were ordered; what settled it"
    )
    assert "demand backlog" in shown
    assert "A person asked for 3 workers" in shown


def test_a_time_is_by_the_clock_of_the_tiers(tmp_path: Path, config: Path) -> None:
    with answering(tmp_path / "s", {"decision": DECISION}) as daemon:
        assert status_of(["why", "--at", "00:00", "-c", str(config), "--socket", str(tmp_path / "s")]) == 0
    [question] = daemon.asked
    assert datetime.fromtimestamp(question["at_utc"], BERLIN).strftime("%H:%M:%S") == "00:00:00"


@pytest.mark.parametrize(
    ("now", "at", "day"),
    [
        ("2026-11-27T16:00:00", 15 * 3600, 27),
        ("2026-11-27T16:00:00", 16 * 3600, 27),
        ("2026-11-27T16:00:00", 16 * 3600 + 2, 26),
        ("2026-11-27T00:00:30", 23 * 3600, 26),
    ],
)
def test_a_time_that_has_not_come_yet_was_yesterday(now: str, at: int, day: int) -> None:
    found = _last_time(at, datetime.fromisoformat(now).replace(tzinfo=BERLIN), BERLIN)
    assert datetime.fromtimestamp(found, BERLIN).day == day


def test_a_log_is_asked_in_the_daemons_place(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = {"timestamp": "2026-11-27T11:00:00.000000Z", "level": "info", "event": "scale.decision", **FIELDS}
    (tmp_path / "log").write_bytes(orjson.dumps(line) + b"\n")
    words = ["why", "--at", "12:00:30", "--log", str(tmp_path / "log"), "-c", str(config)]
    assert status_of([*words]) == 0
    assert "4 workers, where 2 were ordered" in capsys.readouterr().out
    assert status_of([*words, "--json"]) == 0
    decision = {"utc": "2026-11-27T11:00:00.000Z", "fields": FIELDS}
    assert orjson.loads(capsys.readouterr().out)["decision"] == decision


def test_a_log_without_a_time_and_a_time_that_is_none_are_wrong_usage(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["why", "--log", "x", "-c", str(config)]) == 2
    assert "--log: needs --at" in capsys.readouterr().err
    assert status_of(["why", "--at", "noon", "-c", str(config)]) == 2
    assert "'noon' is no time of day" in capsys.readouterr().err
