"""Worker start: from the fork to the first answered receive, by the workers' own account in `process.ready`.

Workers are killed and replaced, one at a time and then four at once: the second is what scaling out looks like.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, Result, quantile
from benchmarks.rig import QUEUE, START_SECONDS, Rig, Setup, rig
from punctuald.demo.queues import create_queue
from punctuald.demo.servers import MOTO, EmbeddedServer

STARTS = 24
AT_ONCE = 4
GOAL_ALONE_MS, GOAL_TOGETHER_MS = 50.0, 80.0
POOL = {"young_death_seconds": 0, "backoff_initial_seconds": 0.01, "backoff_max_seconds": 0.01}
QUEUE_SETTINGS = {"wait_seconds": 1}  # moto goes on serving a dead worker's poll for so long, at our cost


def run(directory: Path) -> Result:
    """About 20 seconds."""
    alone, together = (_starts(directory / str(workers), workers) for workers in (1, AT_ONCE))
    figures = [
        Figure("one at a time, median", median(alone) * 1000, "ms", GOAL_ALONE_MS),
        Figure("one at a time, p95", quantile(alone, 0.95) * 1000, "ms"),
        Figure(f"{AT_ONCE} at once, median", median(together) * 1000, "ms", GOAL_TOGETHER_MS),
        Figure(f"{AT_ONCE} at once, p95", quantile(together, 0.95) * 1000, "ms"),
    ]
    return Result("worker_start", figures, {"alone_seconds": alone, "together_seconds": together})


def _starts(directory: Path, workers: int) -> list[float]:
    directory.mkdir()
    with EmbeddedServer(MOTO) as server:
        create_queue(server.endpoint_url, QUEUE)
        pool = {**POOL, "min_workers": workers, "max_workers": workers}
        with rig(Setup(server.endpoint_url, pool=pool, queue=QUEUE_SETTINGS), directory) as running:
            for _ in range(STARTS // workers):
                _replace_all(running, workers)
            ready = running.workers("process.ready")[workers:]  # the first ones shared the machine with the start
    return [event["start_seconds"] for event in ready]


def _replace_all(running: Rig, workers: int) -> None:
    ready = len(running.workers("process.ready"))
    for pid in running.live_pids():
        os.kill(pid, signal.SIGKILL)
    running.wait_for(lambda: len(running.workers("process.ready")) >= ready + workers, START_SECONDS, "new workers")
