"""The load, through the real daemon on a local SQS."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.handlers import LEDGER_VARIABLE
from benchmarks.replayed.outcome import lives
from benchmarks.rig import QUEUE, Rig, Setup, rig
from chaos.sqs.server import TESTS, ServerSetup, SqsServer, sqs_server
from chaos.sqs.stored import QueueSettings
from chaos.what_if.load import Load

LATENCY_SECONDS = 0.004
TICK_SECONDS = 0.01
FINISH_SECONDS = 60.0
SLOTS = 4
THRESHOLD_SECONDS = 1.35
TIER = "all"
SECTIONS = f"""[scaling]
cpu_limit = 1.0
[[sla.tier]]
name = "{TIER}"
threshold_seconds = {THRESHOLD_SECONDS}"""
"""Without a limit on CPU: other programs keep the machine busy, and a handler that sleeps needs none."""


@dataclass(frozen=True, slots=True)
class RealRun:
    """Of one run: the log and the configuration, for who reports on it; how late the latest message was sent; and for
    how long there were workers, exactly, where the log's intervals see them at their ends only."""

    log: Path
    config: Path
    sent_late_seconds: float
    worker_seconds: float


def run_daemon(
    load: Load, directory: Path, min_workers: int, max_workers: int, *, later_seconds: float = 0.0
) -> RealRun:
    """As long as the load, and some seconds. ``later_seconds``: how long the daemon runs before the load begins, so
    that the autoscaler looks at other moments of it. Raises `RigError` where the daemon does not do it all."""
    directory.mkdir()
    with sqs_server(ServerSetup([QueueSettings(QUEUE)], latency_seconds=LATENCY_SECONDS), directory) as server:
        pool = {"min_workers": min_workers, "max_workers": max_workers, "slots": SLOTS}
        environment = {
            LEDGER_VARIABLE: str(directory / "ledger.txt"),
            "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
        }
        setup = Setup(
            server.endpoint_url, "benchmarks.handlers:sleep_as_told", TESTS, pool=pool, environment=environment,
            sections=SECTIONS,
        )  # fmt: skip
        with rig(setup, directory) as running:
            time.sleep(later_seconds)
            late_seconds = _send(load, server)
            _finish(running, server)
            worker_seconds = sum(life.seconds for life in lives(running.refresh(), time.time()))
    return RealRun(directory / "daemon.log", directory / "config.toml", late_seconds, worker_seconds)


def _send(load: Load, server: SqsServer) -> float:
    """Each tick what is due by then; returns by how much the latest message was late."""
    bodies, due = load.bodies, load.due_seconds
    begun_mono, number, most_late = time.monotonic(), 0, 0.0
    while number < len(due):
        time.sleep(TICK_SECONDS)
        now = time.monotonic() - begun_mono
        first = number
        while number < len(due) and due[number] <= now:
            number += 1
        if number > first:
            server.send(QUEUE, [{"body": body, "group": None} for body in bodies[first:number]])
            most_late = max(most_late, time.monotonic() - begun_mono - due[first])
    return most_late


def _finish(running: Rig, server: SqsServer) -> None:
    def is_empty() -> bool:
        counts = server.count(QUEUE)
        return not any(counts[kind] for kind in ("visible", "in_flight", "delayed"))

    running.wait_for(is_empty, FINISH_SECONDS, "an empty queue")
    running.stop()
