"""A coroutine that sleeps for 50 ms, 200 at once: how much of 4,000 messages a second, in how many threads?"""

from __future__ import annotations

from pathlib import Path

from benchmarks.comparison.scenes import ENDLESS
from benchmarks.engine.canned_daemon import canned_daemon, messages_per_second, refusal
from benchmarks.figures import Figure, Result
from benchmarks.handlers import NAP_SECONDS
from benchmarks.processes.proc import thread_count
from benchmarks.rig import Setup

COROUTINES = 200
GOAL, GOAL_THREADS = 0.95, 12
WARM_SECONDS, SECONDS = 3.0, 10.0


def run(directory: Path) -> Result:
    """About 16 seconds."""
    pool = {"min_workers": 1, "max_workers": 1, "coroutines": COROUTINES}
    setup = Setup("", "handlers:nap_as_coroutine", pool=pool)
    if (why := refusal(setup, directory)) is not None:
        return Result("coroutines", [], note=f"not available: this daemon has no such setting: {why}")
    with canned_daemon(setup, directory) as (server, running):
        server.allow(ENDLESS)
        speed = messages_per_second(server, WARM_SECONDS, SECONDS)
        threads = thread_count(running.live_pids()[0])
    share = speed * NAP_SECONDS / COROUTINES
    figures = [
        Figure(f"throughput, of {COROUTINES} coroutines / {NAP_SECONDS * 1000:g} ms", share, at_least=GOAL),
        Figure("throughput", speed, "messages/s"),
        Figure("threads of the worker", threads, at_most=GOAL_THREADS),
    ]
    return Result("coroutines", figures)
