"""`punctuald report --what-if`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from doubles.log_report.made_log import NOON, daemon, line, queue, tier, write
from punctuald.cli import status_of

CELL_OF_A_SECOND = 20 * 64
CONFIG = """
[pool]
min_workers = 1
max_workers = 1
slots = 1
[[sla.tier]]
name = "peak"
threshold_seconds = 3
[[queue]]
name = "orders"
handler = "shop:handle"
"""
SECONDS = 60
ARRIVALS = [2, *[1] * 19, 3, *[1] * 39]
"""A handler of a second can do one a second: each message more is a second of waiting for all that come after it."""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG)
    sent = sum(ARRIVALS)
    times = {"handle": [[CELL_OF_A_SECOND, sent]]}
    lines = [
        line("daemon.started", NOON),
        line("process.ready", role="worker", worker=0, start_seconds=0.1),
        line("stats.arrivals", NOON + 60, process="autoscaler", first_second=int(NOON), counts=ARRIVALS),
        daemon(seconds=float(SECONDS), workers=1),
        queue(seconds=float(SECONDS), arrivals=sent, counts={"done": sent, "request_receive": sent}),
        tier(seconds=float(SECONDS), met=21, late={"queue": sent - 21}, histograms=times),
    ]
    return str(write(tmp_path / "vm1.log", lines))


def answers(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["what_if"]
    return found


def share(outcome: dict[str, Any]) -> float:
    [found] = outcome["tiers"]
    return float(found["met"] / found["messages"])


def test_one_worker_more_is_another_share_on_time_and_other_hours(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", log, "--no-html", "--json", "--what-if", "workers=+1"]) == 0
    found = answers(capsys)
    assert share(found["happened"]) == pytest.approx(21 / 63)
    assert share(found["replayed"]) < 0.6
    [changed] = found["alternatives"]
    assert share(changed) == 1.0
    assert changed["worker_hours"] == pytest.approx(2 * found["replayed"]["worker_hours"], rel=0.1)
    assert (changed["name"], changed["most_workers"]) == ("workers=+1", 2.0)


def test_other_limits_and_another_configuration(log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "two slots.toml").write_text(CONFIG.replace("slots = 1", "slots = 2"))
    asked = ["--what-if", "tier.peak=30", "--what-if", "two slots.toml", "--what-if", "workers=2,pool.slots=3"]
    assert status_of(["report", log, "--no-html", "--json", *asked]) == 0
    found = answers(capsys)
    assert [share(each) for each in found["alternatives"]] == [1.0, 1.0, 1.0]
    assert found["alternatives"][0]["tiers"][0]["thresholds_seconds"] == [30.0]


def test_text_and_page_say_it(log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "prices.toml").write_text('currency = "EUR"\nworker_hour = 36.0')
    assert status_of(["report", log, "--prices", "prices.toml", "--what-if", "workers=+1"]) == 0
    said = capsys.readouterr().out
    assert re.search(
        r"With workers=\+1: 100\.00 % .*on time.* instead of .*, \+0\.01[67]\d hours of workers, \+0\.6\d EUR\.", said
    )
    assert re.search(r"most workers +2 +1 +2 +\+1|most workers +1 +1 +2 +\+1", said)
    page = (tmp_path / "punctuald-report.html").read_text()
    assert "What if workers=+1" in page
    assert "Workers, had it been so" in page


def test_a_replay_that_is_far_from_what_happened_says_so(
    log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.replace("max_workers = 1", "max_workers = 8"))
    assert status_of(["report", log, "--no-html", "--what-if", "workers=+1"]) == 0
    assert "The replay is far from what happened" in capsys.readouterr().out


def test_a_configuration_that_is_not_that_of_the_log_is_named(
    log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.replace("threshold_seconds = 3", "threshold_seconds = 5"))
    assert status_of(["report", log, "--no-html", "--what-if", "workers=+1"]) == 0
    assert "The configuration's tier peak is not the one in the log" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("workers=many", "--what-if workers=many: workers='many': +1, -1 and 5 are such numbers"),
        ("workers=0", "--what-if workers=0: pool.max_workers: 0 is too small"),
        ("workers=600", "pool.min_workers: 600 is too large: 1 to 512; pool.max_workers: 600 is too large: 1 to 512"),
        ("tier.night=2", "--what-if tier.night=2: there is no tier 'night'; there are peak"),
        ("tier.peak=soon", '--what-if tier.peak=soon: sla.tier[0].threshold_seconds: "soon" is not allowed'),
        ("slots=2", "'slots=2' is no change: a configuration's FILE, or changes such as workers=+1"),
        ("pool.slot=2", "--what-if pool.slot=2: pool.slot: no such setting; did you mean pool.slots?"),
        ("none.toml", "--what-if none.toml: none.toml: No such file or directory"),
    ],
)
def test_what_can_not_be_asked_is_one_line(
    log: str, change: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["report", log, "--no-html", "--what-if", change]) == 78
    told = capsys.readouterr().err
    assert said in told
    assert len(told.strip().splitlines()) == 1


@pytest.mark.usefixtures("log")
def test_a_mistake_is_told_before_a_log_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", "none.log", "--no-html", "--what-if", "workers=many"]) == 78
    assert "workers='many'" in capsys.readouterr().err


def test_a_file_may_have_an_equals_sign_in_its_name(
    log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "slots=2.toml").write_text(CONFIG.replace("slots = 1", "slots = 2"))
    assert status_of(["report", log, "--no-html", "--what-if", "slots=2.toml"]) == 0
    assert "With slots=2.toml: 100.00 %" in capsys.readouterr().out


@pytest.mark.usefixtures("log")
def test_a_log_without_arrivals_can_not_be_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = str(write(tmp_path / "bare.log", [daemon(), tier()]))
    assert status_of(["report", bare, "--no-html", "--what-if", "workers=+1"]) == 78
    assert "--what-if: the log has no `stats.arrivals`" in capsys.readouterr().err


@pytest.mark.parametrize("other", [["--sql", "FROM misses"], ["--compare", "a", "b"]])
def test_it_goes_with_a_report_only(log: str, other: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["report", log, "--what-if", "workers=+1", *other]) == 2
    assert "--what-if: goes neither with --compare nor with --sql." in capsys.readouterr().err
