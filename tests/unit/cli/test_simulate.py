"""`punctuald simulate`: what it prints, draws, explains and refuses."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from punctuald.cli import status_of

Run = Callable[..., tuple[int, str, str]]
CONFIG = '[pool]\nmax_workers = 16\n[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    config, trace = tmp_path / "config.toml", tmp_path / "trace.csv"
    config.write_text(CONFIG)
    trace.write_text("second,arrivals\n" + "".join(f"{second},{20 + second % 30}\n" for second in range(240)))

    def call(*arguments: str) -> tuple[int, str, str]:
        places = ["-c", str(config), *([] if "--synthetic" in arguments else ["--trace", str(trace)])]
        status = status_of(["simulate", *places, *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_it_prints_promises_workers_and_calls(run: Run) -> None:
    status, out, _ = run()
    assert status == 0
    for word in ("batch_mode", "clairvoyant", "punctuald", "starts", "Calls to SQS", "p99"):
        assert word in out


def test_it_reports_as_json(run: Run) -> None:
    status, out, _ = run("--json", "--no-clairvoyant")
    report = orjson.loads(out)
    assert (status, report["ok"], report["clairvoyant"]) == (0, True, None)
    assert report["messages"] == report["tiers"]["all"]["messages"] == sum(20 + second % 30 for second in range(240))
    assert report["tiers"]["batch_mode"]["compliance"] == 1.0
    assert report["requests"]["total"] > 0


def test_a_broken_promise_is_status_1(run: Run) -> None:
    status, _, _ = run("--workers", "1", "--load", "3", "--no-clairvoyant")
    assert status == 1


def test_why_explains_the_decision_of_that_moment(run: Run) -> None:
    _, out, _ = run("--why", "00:02:30", "--no-clairvoyant")
    assert "The decision in force at 00:02:30" in out
    assert "reason" in out
    assert "threshold seconds" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--why", "noon"), "--why noon: a time of day is wanted, such as 14:03"),
        (("--why", "14:03"), "--why 14:03: the trace runs from 00:00:00 for 240 s"),
        (("--from", "2 days"), "'2 days' is not a length of time such as 90s, 15m, 2h or 1.5d"),
        (("--synthetic", "drop", "--trace", "x"), "File 'x' does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(run: Run, arguments: tuple[str, ...], problem: str) -> None:
    status, _, err = run(*arguments)
    assert status == 2
    assert problem in err


def test_a_part_without_a_message_is_refused(run: Run) -> None:
    status, _, err = run("--from", "10m")
    assert status == 78
    assert "nothing between 600 s" in err


def test_a_made_up_trace_can_be_replayed_and_drawn(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    status, out, _ = run("--synthetic", "bursts", "--length", "10m", "--load", "4", "--plot", str(page), "--squeezed")
    assert status in {0, 1}
    assert "bursts" in out
    assert "threshold" in page.read_text(encoding="utf-8")


def test_without_its_extra_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "numpy" else found(name))
    status, _, err = run()
    assert status == 78
    assert err == "punctuald simulate needs numpy: pip install 'punctuald[simulate]'\n"


def test_a_trace_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["simulate"]) == 2
    assert "either --trace FILE or --synthetic KIND" in capsys.readouterr().err
