"""Memory: the proportional set size of a lone worker, and of each of four, after half a minute of light traffic.

What workers share counts for each by its part, so of several each holds less than one alone does.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.figures import Figure, Result
from benchmarks.processes.proc import MIB, pss_bytes
from benchmarks.rig import CLOCK, QUEUE, Rig, Setup, rig
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import MOTO, EmbeddedServer

SEVERAL = 4
TRAFFIC_SECONDS = 30.0
INTERVAL_SECONDS = 0.1
GOAL_MB = 16.0


def run(directory: Path) -> Result:
    """About 70 seconds."""
    with EmbeddedServer(MOTO) as server:
        url = create_queue(server.endpoint_url, QUEUE)
        alone, several = (_measured(server.endpoint_url, url, workers, directory) for workers in (1, SEVERAL))
    figures = [
        Figure("worker, alone", alone.workers_mib[0], "MiB"),
        Figure(f"worker, mean of {SEVERAL}", mean(several.workers_mib), "MiB", GOAL_MB),
        Figure(f"worker, largest of {SEVERAL}", max(several.workers_mib), "MiB", GOAL_MB),
        Figure(f"supervisor of {SEVERAL}", several.supervisor_mib, "MiB"),
        Figure(f"autoscaler of {SEVERAL}", several.autoscaler_mib, "MiB"),
        Figure(f"observer of {SEVERAL}", several.observer_mib, "MiB"),
        Figure("all with one worker", alone.all_mib, "MiB"),
        Figure(f"all with {SEVERAL}", several.all_mib, "MiB"),
    ]
    return Result("memory", figures, {"alone_mib": alone.workers_mib, "workers_mib": several.workers_mib})


@dataclass(frozen=True, slots=True)
class _Held:
    workers_mib: Sequence[float]
    supervisor_mib: float
    autoscaler_mib: float
    observer_mib: float
    all_mib: float


def _measured(endpoint_url: str, url: str, workers: int, directory: Path) -> _Held:
    place = directory / str(workers)
    place.mkdir()
    with rig(Setup(endpoint_url, pool={"min_workers": workers, "max_workers": workers}), place) as running:
        _traffic(endpoint_url, url)
        return _held(running)


def _traffic(endpoint_url: str, url: str) -> None:
    client = connect(endpoint_url)
    end_mono = CLOCK.mono() + TRAFFIC_SECONDS
    while CLOCK.mono() < end_mono:
        client.send_message(QueueUrl=url, MessageBody="x")
        time.sleep(INTERVAL_SECONDS)


def _held(running: Rig) -> _Held:
    supervisor = running.supervisor
    of = {event["role"]: event["pid"] for event in running.named("process.ready")}
    mib = {pid: pss_bytes(pid) / MIB for pid in (supervisor.pid, *(child.pid for child in supervisor.children()))}
    return _Held(
        [mib[pid] for pid in running.live_pids()],
        mib[supervisor.pid],
        mib[of["autoscaler"]],
        mib[of["observer"]],
        sum(mib.values()),
    )
