"""A handler that blocks for 50 ms, in 64 slots: how much of 1,280 messages a second does one worker reach?"""

from __future__ import annotations

from pathlib import Path

from benchmarks.comparison.scenes import ENDLESS
from benchmarks.engine.canned_daemon import canned_daemon, messages_per_second
from benchmarks.figures import Figure, Result
from benchmarks.handlers import NAP_SECONDS
from benchmarks.processes.proc import thread_count
from benchmarks.rig import Setup

SLOTS = 64
GOAL = 0.98
WARM_SECONDS, SECONDS = 3.0, 10.0


def run(directory: Path) -> Result:
    """About 16 seconds."""
    setup = Setup("", "handlers:nap", pool={"min_workers": 1, "max_workers": 1, "slots": SLOTS})
    with canned_daemon(setup, directory) as (server, running):
        server.allow(ENDLESS)
        speed = messages_per_second(server, WARM_SECONDS, SECONDS)
        threads = thread_count(running.live_pids()[0])
    figures = [
        Figure(f"throughput, of {SLOTS} slots / {NAP_SECONDS * 1000:g} ms", speed * NAP_SECONDS / SLOTS, at_least=GOAL),
        Figure("throughput", speed, "messages/s"),
        Figure("threads of the worker", threads),
    ]
    return Result("blocking", figures)
