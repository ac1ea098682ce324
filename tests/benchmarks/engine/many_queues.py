"""A hundred queues in one worker, over TLS: what does it hold (PSS), and in how many threads?

All queues are empty, and a long poll is under way on each.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.canned.wire import Wire, make_authority
from benchmarks.engine.canned_daemon import canned_daemon, refusal, wait
from benchmarks.figures import Figure, Result
from benchmarks.processes.proc import MIB, pss_bytes, thread_count
from benchmarks.rig import START_SECONDS, Setup

QUEUES, FEWER = 100, 64
SETTLE_SECONDS = 10.0
GOAL_MIB = 40.0
GOAL_THREADS_A_QUEUE = 0.1  # no thread a queue


def run(directory: Path) -> Result:
    """About 40 seconds."""
    wire = Wire(authority=make_authority(directory))
    why = refusal(_setup(QUEUES), directory)
    most = QUEUES if why is None else FEWER
    note = "" if why is None else f"{QUEUES} queues are not available, so {FEWER} were measured: {why}"
    (one_mib, one_threads), (mib, threads) = (_worker(queues, directory, wire) for queues in (1, most))
    figures = [
        Figure(f"PSS of a worker, {most} queues", mib, "MiB", GOAL_MIB),
        Figure("PSS of a worker, one queue", one_mib, "MiB"),
        Figure(f"threads, {most} queues", threads),
        Figure("threads, one queue", one_threads),
        Figure("threads for each further queue", (threads - one_threads) / (most - 1), at_most=GOAL_THREADS_A_QUEUE),
    ]
    return Result("many_queues", figures, note=note)


def _setup(queues: int) -> Setup:
    more = tuple(f"queue-{number}" for number in range(1, queues))  # beside the rig's own one
    return Setup("", pool={"min_workers": 1, "max_workers": 1}, more_queues=more)


def _worker(queues: int, directory: Path, wire: Wire) -> tuple[float, int]:
    """Its PSS in MiB, and its threads, with so many queues."""
    with canned_daemon(_setup(queues), directory / str(queues), wire) as (server, running):
        wait(lambda: server.counters().calls.get("receivemessage", 0) >= queues, START_SECONDS, "a receive a queue")
        time.sleep(SETTLE_SECONDS)
        worker = running.live_pids()[0]
        return pss_bytes(worker) / MIB, thread_count(worker)
