"""The demo as a person runs it: a process of its own with the real daemon below it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from punctuald.clock import SystemClock

CLOCK = SystemClock()
DEMO = [sys.executable, "-m", "punctuald", "demo", "--interval", "0.05", "--handler-seconds", "0.01"]
KAFKA = ("--source", "kafka")
KINESIS = ("--source", "kinesis")
RUN_SECONDS = 90
END_SECONDS = 20
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def run_demo(*options: str, on: str = "", temporary: Path | None = None) -> tuple[int, str, str]:
    """Status, stdout and stderr; with a server of its own unless it gets one to be ``on``, which saves seconds."""
    command = [*DEMO, *options, "--endpoint-url", on]
    environ = {**os.environ, **({} if temporary is None else {"TMPDIR": str(temporary)})}
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False, env=environ)
    return done.returncode, done.stdout, done.stderr


def test_nothing_is_lost_and_the_promise_is_kept(tmp_path: Path) -> None:
    status, output, errors = run_demo("--events", "40", "--json", temporary=tmp_path)
    assert status == 0, errors
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in errors  # no file is named that is gone by now
    result: dict[str, Any] = json.loads(output)
    tally = result["tally"]
    assert (tally["sent"], tally["processed"], tally["lost"]) == (40, 40, 0)
    assert sum(tier["met"] + tier["missed"] for tier in result["final"]["tiers"]) == 40
    assert result["pool_sizes"][0]["workers"] == 1
    assert result["final"]["requests"]["receive"] > 0


def test_a_person_gets_tables_and_a_verdict(tmp_path: Path, moto_endpoint: str) -> None:
    status, output, errors = run_demo("--events", "20", "--burst", "5", "--keep", str(tmp_path), on=moto_endpoint)
    assert status == 0, errors
    for part in ("Events", "SLA, objective", "Latency", "end to end", "Workers ready", "Calls to SQS", "nothing lost"):
        assert part in output
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml", "daemon.log", "ledger.txt"}


def test_a_topic_is_drained_as_well_and_the_report_names_it(tmp_path: Path) -> None:
    status, output, errors = run_demo(*KAFKA, "--events", "40", "--tier", "batch_mode", "--seed", "1", "--json")
    assert status == 0, errors
    result: dict[str, Any] = json.loads(output)
    assert (result["service"], result["source"]) == ("Kafka", "topic telemetry, 8 partitions")
    tally = result["tally"]
    assert (tally["sent"], tally["processed"], tally["lost"]) == (40, 40, 0)
    assert [tier["name"] for tier in result["final"]["tiers"] if tier["met"]] == ["batch_mode"]

    status, output, errors = run_demo(*KAFKA, "--events", "20", "--burst", "5", "--keep", str(tmp_path))
    assert status == 0, errors
    for part in ("Events, topic telemetry", "event → done", "Calls to Kafka", "nothing lost"):
        assert part in output
    assert '[[topic]]\nname = "telemetry"\n' in (tmp_path / "config.toml").read_text()


def test_a_stream_is_drained_as_well_and_the_report_names_it(tmp_path: Path) -> None:
    status, output, errors = run_demo(*KINESIS, "--events", "40", "--tier", "batch_mode", "--seed", "1", "--json")
    assert status == 0, errors
    result: dict[str, Any] = json.loads(output)
    assert (result["service"], result["source"]) == ("Kinesis", "stream telemetry, 4 shards")
    tally = result["tally"]
    assert (tally["sent"], tally["processed"], tally["lost"], tally["duplicates"]) == (40, 40, 0, 0)
    assert [tier["name"] for tier in result["final"]["tiers"] if tier["met"]] == ["batch_mode"]

    status, output, errors = run_demo(*KINESIS, "--events", "20", "--burst", "5", "--keep", str(tmp_path))
    assert status == 0, errors
    for part in ("Events, stream telemetry", "event → done", "Calls to Kinesis", "nothing lost"):
        assert part in output
    assert '[[stream]]\nname = "telemetry"\n' in (tmp_path / "config.toml").read_text()


def test_a_missed_promise_is_status_one_and_leaves_what_explains_it(moto_endpoint: str, tmp_path: Path) -> None:
    # An event that is worked on for longer than peak_hours' 3 s can't end within them, however fast the machine.
    status, output, errors = run_demo(
        *("--events", "4", "--tier", "peak_hours", "--handler-seconds", "3.1", "--json"),
        on=moto_endpoint,
        temporary=tmp_path,
    )
    assert status == 1, errors
    result = json.loads(output)
    assert result["tally"]["lost"] == 0
    assert "peak_hours" in result["failures"][0]
    [kept] = tmp_path.iterdir()
    assert f"configuration, log and ledger: {kept}" in errors
    assert {path.name for path in kept.iterdir()} == {"config.toml", "daemon.log", "ledger.txt"}


def test_a_daemon_that_does_not_start_is_told_with_its_log(moto_endpoint: str, tmp_path: Path) -> None:
    status, _, errors = run_demo("--min-workers", "3", "--max-workers", "2", on=moto_endpoint, temporary=tmp_path)
    assert status == 1
    assert "the daemon ended too soon, with exit status 78" in errors
    assert "min_workers" in errors
    [kept] = tmp_path.iterdir()
    assert f"{kept}/daemon.log ends:" in errors
    assert (kept / "daemon.log").exists()


@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_a_demo_ended_in_mid_run_takes_the_daemon_and_the_server_with_it(
    number: signal.Signals, left_after: Mapping[signal.Signals, list[psutil.Process]]
) -> None:
    assert left_after[number] == []


@pytest.mark.parametrize("source", [KAFKA, KINESIS], ids=lambda source: source[-1])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_a_demo_of_another_source_takes_its_server_with_it_too(
    source: Sequence[str], number: signal.Signals, tmp_path: Path
) -> None:
    with running_demo(tmp_path, *source) as demo:
        assert end(demo, number, tmp_path) == []


@pytest.fixture(scope="module")
def left_after(tmp_path_factory: pytest.TempPathFactory) -> dict[signal.Signals, list[psutil.Process]]:
    """By the signal that a demo got: its descendants that are still there a while later.

    The demos run side by side, because most of their time goes into starting.
    """
    directories = {number: tmp_path_factory.mktemp(number.name) for number in ENDS}
    with ExitStack() as stack:
        demos = {number: stack.enter_context(running_demo(directories[number])) for number in ENDS}
        return {number: end(demo, number, directories[number]) for number, demo in demos.items()}


@contextmanager
def running_demo(directory: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """One that would go on for minutes; on a server of its own."""
    with (
        (directory / "errors.txt").open("wb") as errors,
        subprocess.Popen(
            [*DEMO, *options, "--events", "2000", "--keep", str(directory)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, "NO_COLOR": "1"},
        ) as demo,
    ):
        try:
            yield demo
        finally:
            demo.kill()  # its servers die with it, so a test that fails does not wait for 2000 events


def end(demo: subprocess.Popen[bytes], number: signal.Signals, directory: Path) -> list[psutil.Process]:
    """Signal it in mid-run; returns those of its descendants that don't go."""
    wait_for_first_event(directory / "ledger.txt", demo)
    descendants = psutil.Process(demo.pid).children(recursive=True)
    assert len(descendants) >= 3, "the server, the supervisor and a worker"
    demo.send_signal(number)
    try:
        demo.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        log = (directory / "daemon.log").read_text()[-2_000:]
        pytest.fail(f"{number.name} did not end it: {(directory / 'errors.txt').read_text()[-2_000:]}\n{log}")
    left: list[psutil.Process]
    _, left = psutil.wait_procs(descendants, timeout=END_SECONDS)
    for process in left:
        process.kill()
    return left


def wait_for_first_event(ledger: Path, demo: subprocess.Popen[bytes]) -> None:
    give_up_mono = CLOCK.mono() + RUN_SECONDS
    while not (ledger.exists() and ledger.stat().st_size):
        assert demo.poll() is None, "the demo ended before its first event"
        assert CLOCK.mono() < give_up_mono, "no event was processed"
        time.sleep(0.05)


@pytest.mark.parametrize("source", ["sqs", "kafka", "kinesis"])
def test_a_slow_start_shows_a_violation_and_its_end(source: str, moto_endpoint: str) -> None:
    on = moto_endpoint if source == "sqs" else ""
    status, output, errors = run_demo("--source", source, "--slow-start", "--json", on=on)
    assert status == 0, errors
    violated, restored = json.loads(output)["tier_changes"]
    assert (violated["restored"], restored["restored"]) == (False, True)
    assert violated["tier"] == restored["tier"] == "peak_hours"
    assert violated["late"] >= 5
    assert violated["worst_seconds"] > 3
    assert violated["doing"]
    # Others' backlog is handled within one look of the observer's: then nothing more is late after the violation.
    assert restored["late"] > (violated["late"] if source == "sqs" else 5)
