"""Memory: the proportional set size of each of four workers after half a minute of light traffic."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import mean

from benchmarks.figures import Figure, Result
from benchmarks.processes.proc import MIB, pss_bytes
from benchmarks.rig import CLOCK, QUEUE, Rig, Setup, rig
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import MOTO, EmbeddedServer

WORKERS = 4
TRAFFIC_SECONDS = 30.0
INTERVAL_SECONDS = 0.1
GOAL_MB = 16.0


def run(directory: Path) -> Result:
    """About 35 seconds."""
    with EmbeddedServer(MOTO) as server:
        url = create_queue(server.endpoint_url, QUEUE)
        pool = {"min_workers": WORKERS, "max_workers": WORKERS}
        with rig(Setup(server.endpoint_url, pool=pool), directory) as running:
            _traffic(server.endpoint_url, url)
            return _result(running)


def _traffic(endpoint_url: str, url: str) -> None:
    client = connect(endpoint_url)
    end_mono = CLOCK.mono() + TRAFFIC_SECONDS
    while CLOCK.mono() < end_mono:
        client.send_message(QueueUrl=url, MessageBody="x")
        time.sleep(INTERVAL_SECONDS)


def _result(running: Rig) -> Result:
    workers = [pss_bytes(pid) / MIB for pid in running.live_pids()]
    autoscaler = next(event["pid"] for event in running.named("process.ready") if "worker" not in event)
    figures = [
        Figure("worker, mean", mean(workers), "MiB", GOAL_MB),
        Figure("worker, largest", max(workers), "MiB", GOAL_MB),
        Figure("supervisor", pss_bytes(running.supervisor.pid) / MIB, "MiB"),
        Figure("autoscaler", pss_bytes(autoscaler) / MIB, "MiB"),
    ]
    return Result("memory", figures, {"workers_mib": workers})
