"""`punctuald simulate`: what it prints, draws, explains and refuses."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from punctuald.cli import status_of
from punctuald.cli.needs import how_to_install
from punctuald.simulate.world.configured import step_seconds

Run = Callable[..., tuple[int, str, str]]
CONFIG = '[pool]\nmax_workers = 16\n[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    config, trace = tmp_path / "config.toml", tmp_path / "trace.csv"
    config.write_text(CONFIG)
    trace.write_text("second,arrivals\n" + "".join(f"{second},{20 + second % 30}\n" for second in range(240)))

    def call(*arguments: str) -> tuple[int, str, str]:
        placed = "--synthetic" in arguments or ("--log" in arguments and "--why" in arguments)
        places = ["-c", str(config), *([] if placed else ["--trace", str(trace)])]
        status = status_of(["simulate", *places, *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_it_prints_promises_workers_and_calls(run: Run) -> None:
    status, out, _ = run()
    assert status == 0
    for word in ("batch_mode", "clairvoyant", "punctuald", "starts", "Calls to SQS", "p99"):
        assert word in out


def test_in_a_pipe_no_name_and_no_number_is_cut_or_broken(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    tier = f"{'tier-of-a-long-name-' * 4}"[:64]
    (tmp_path / "config.toml").write_text(f'{CONFIG}[sla]\ntier = [{{ name = "{tier}", threshold_seconds = 3 }}]\n')
    _, out, _ = run("--no-clairvoyant", "--why", "00:02")
    lines = out.splitlines()
    [row] = [line.split() for line in lines if line.strip().startswith(tier)]
    assert row[:4] == [tier, "3", "s", row[3]]
    assert len(row) == len([tier, "3", "s", "messages", "100.00", "%", *("1.00", "s") * 3])
    assert "…" not in out
    assert [line for line in lines if line.startswith("  The largest demand was ") and line.endswith(").")]


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
    assert "what settled it" in out
    assert "threshold seconds" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--why", "noon"), "'noon' is no time of day, such as 14:03"),
        (("--why", "14:03"), "--why 14:03: the trace runs from 00:00:00 for 240 s"),
        (("--from", "2 days"), "'2 days' is not a length of time such as 90s, 15m, 2h or 1.5d"),
        (("--synthetic", "drop", "--trace", "x"), "File 'x' does not exist"),
        (("--trace", __file__), "More than one --trace is for --compare."),
        (("--tune",), "--tune is for --compare."),
        (
            ("--compare", "--workers", "3"),
            "--compare runs everybody; --workers, --why, --plot and --hosts are for one.",
        ),
        (("--log", __file__), "--log is for --why."),
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
    assert err == f"punctuald simulate needs numpy: {how_to_install('simulate')}\n"


def test_a_trace_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["simulate"]) == 2
    assert "either --trace FILE or --synthetic KIND" in capsys.readouterr().err


def test_rivals_are_compared_on_each_trace_and_over_all(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("--compare", "--jobs", "1", "--until", "60s", "--trace", str(tmp_path / "trace.csv"))
    assert status in {0, 1}
    for law in ("clairvoyant", "static", "punctuald", "KEDA", "AWS target tracking", "Lambda", "Knative KPA", "Celery"):
        assert out.count(f"\n{law}") == 2
    assert "Over 2 traces" in out
    assert max(len(line) for line in out.splitlines() if "─" in line) <= 80


@pytest.mark.usefixtures("run")
def test_a_comparison_shared_out_to_processes_can_be_read_by_machines(tmp_path: Path) -> None:
    # In a process of its own: multiprocessing's resource tracker lives as long as whoever began it.
    places = ["-c", str(tmp_path / "config.toml"), "--trace", str(tmp_path / "trace.csv")]
    compare = [sys.executable, "-m", "punctuald", "simulate", *places, "--compare", "--until", "30s", "--json"]
    report = orjson.loads(subprocess.run([*compare, "--jobs", "2"], capture_output=True, check=False).stdout)
    assert [row["scaler"] for row in report["traces"][0]["rows"]][:3] == ["clairvoyant", "static", "punctuald"]
    assert report["traces"][0]["rows"][0]["cost"] == 1
    assert report["goal"] == 0.999
    alone = subprocess.run([*compare, "--jobs", "1"], capture_output=True, check=False).stdout
    assert orjson.loads(alone) == report


def test_a_decision_of_the_daemon_is_explained_from_its_log(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "daemon.log"
    event = {"timestamp": "2026-01-05T14:02:10Z", "event": "scale.decision", "workers": 3, "reason": "burst"}
    log.write_bytes(orjson.dumps(event))
    status, out, _ = run("--why", "14:03", "--log", str(log))
    assert status == 0
    assert "The decision in force at 14:03, made at 2026-01-05 14:02:10 UTC" in out
    assert "3 workers; what settled it: burst." in out
    assert orjson.loads(run("--why", "14:03", "--log", str(log), "--json")[1])["workers"] == 3


def test_a_trace_can_be_counted_by_longer_bins(run: Run) -> None:
    assert run("--bin", "10s", "--no-clairvoyant")[0] in {0, 1}
    status, _, err = run("--bin", "1.5s")
    assert status == 78
    assert "has bins of 1 s; 1.5 s is not a whole number of them" in err


def test_several_daemons_on_the_queue_are_those_that_the_configuration_or_the_option_names(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = run("--daemons", "3", "--json", "--no-clairvoyant")
    assert len(orjson.loads(out)["daemons"]) == 3
    monkeypatch.setenv("PUNCTUALD__SCALING__HOSTS", "2")
    _, out, _ = run("--no-clairvoyant")
    assert "Daemons on the queue" in out


def test_a_killed_daemon_costs_no_more_and_what_it_ran_comes_again(run: Run) -> None:
    _, out, _ = run("--daemons", "2", "--kill-at", "60s", "--json", "--no-clairvoyant")
    report = orjson.loads(out)
    assert report["daemons"][1]["worker_seconds"] < report["daemons"][0]["worker_seconds"] / 2
    assert report["redelivered"] > 0


def test_a_fixed_number_of_workers_is_that_of_one_daemon_unless_more_are_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNCTUALD__SCALING__HOSTS", "3")
    for options, daemons in ([], 1), (["--daemons", "2"], 2):
        _, out, _ = run("--workers", "4", *options, "--json", "--no-clairvoyant")
        assert [each["most_ordered"] for each in orjson.loads(out)["daemons"]] == [4] * daemons


def test_a_daemon_that_is_alone_is_not_killed(run: Run) -> None:
    for options in [], ["--daemons", "1"], ["--workers", "2"]:
        status, _, err = run("--kill-at", "0s", *options)
        assert status == 2
        assert "--daemons, 2 or more" in err


def test_more_daemons_than_can_be_simulated_are_refused_with_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNCTUALD__SCALING__HOSTS", "40")
    status, _, err = run("--no-clairvoyant")
    assert status == 78
    assert "fewer daemons by --daemons and scaling.hosts" in err
    monkeypatch.setenv("PUNCTUALD__SCALING__HOSTS", "2")
    assert run("--no-clairvoyant")[0] in {0, 1}


@pytest.mark.parametrize("interval_seconds", [0.1, 0.7, 1.0, 1.5, 2.5, 60.0])
def test_the_autoscalers_interval_is_a_whole_number_of_steps(interval_seconds: float) -> None:
    step = step_seconds(interval_seconds)
    assert 0 < step <= 1
    assert interval_seconds / step == pytest.approx(round(interval_seconds / step))


@pytest.mark.parametrize("option", [("--daemons", "2"), ("--kill-at", "0s")])
def test_a_comparison_is_of_one_daemon(option: tuple[str, str], run: Run) -> None:
    status, _, err = run("--compare", *option)
    assert status == 2
    assert "--compare has one daemon" in err


def test_a_group_of_hosts_is_reported(run: Run) -> None:
    status, out, _ = run("--hosts", "1:3", "--no-clairvoyant")
    assert status == 0
    assert "workers-wanted 11.2, backlog-seconds 10" in out
    _, out, _ = run("--hosts", "2:3", "--track", "messages-per-host:50", "--no-clairvoyant", "--json")
    hosts = orjson.loads(out)["hosts"]
    assert (hosts["law"], hosts["most"]) == ("messages-per-host 50", 2)
    assert hosts["host_seconds"] >= 2 * 240


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--hosts", "3:2"), "'3:2' is not a range of hosts such as 2:6"),
        (("--hosts", "3"), "'3' is not a range of hosts such as 2:6"),
        (("--hosts", "1:2", "--track", "cpu"), "'cpu' is not one of workers-wanted, "),
        (("--hosts", "1:2", "--daemons", "2"), "--hosts has a daemon on each host"),
        (("--hosts", "1:2", "--compare"), "--compare runs everybody"),
    ],
)
def test_hosts_that_make_no_sense_are_wrong_usage(run: Run, arguments: tuple[str, ...], problem: str) -> None:
    status, _, err = run(*arguments)
    assert (status, problem in err) == (2, True)
