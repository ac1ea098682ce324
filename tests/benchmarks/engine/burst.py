"""Nobody hoards: a burst for two workers, whose messages take a while. When does the last one start?

200 messages of 50 ms for two workers of four slots are 25 one after the other in each slot: the last start of an even
split is 1.2 s after the burst. A worker that takes more than it can soon start makes its last ones wait while another
is idle.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.canned.server import CannedServer
from benchmarks.canned.wire import Wire
from benchmarks.comparison.scenes import CORES
from benchmarks.engine.canned_daemon import canned_daemon, stamping, wait_for_lines
from benchmarks.figures import Figure, Result
from benchmarks.handlers import NAP_SECONDS
from benchmarks.rig import Setup

WORKERS, SLOTS, MESSAGES = 2, 4, 200
BURSTS = 7
EVEN_SECONDS = (MESSAGES // (WORKERS * SLOTS) - 1) * NAP_SECONDS
PAUSE_SECONDS = 1.0  # between two bursts: all receivers wait at the server again
GIVE_UP_SECONDS = 30.0
GOAL = 1.2
POOL = {"min_workers": WORKERS, "max_workers": WORKERS, "slots": SLOTS}


def run(directory: Path) -> Result:
    """About 45 seconds."""
    figures: list[Figure] = []
    details = {}
    for wire in (Wire(), Wire(latency_seconds=0.008)):
        starts, shares = zip(*_bursts(directory / wire.name, wire), strict=True)
        ratios = [seconds / EVEN_SECONDS for seconds in starts]
        figures += [
            Figure(f"last start / even split's, median, {wire}", median(ratios), at_most=GOAL),
            Figure(f"last start / even split's, worst of {BURSTS}, {wire}", max(ratios)),
            Figure(f"busier worker's share, median, {wire}", median(shares)),
        ]
        details[wire.name] = {"last_start_seconds": starts, "busier_share": shares}
    return Result("burst", figures, details)


def _bursts(directory: Path, wire: Wire) -> Iterator[tuple[float, float]]:
    """Seconds from each burst to its last start, and the busier worker's share of it."""
    directory.mkdir()
    stamps = directory / "stamps.txt"
    setup = Setup("", "handlers:stamped_nap", pool=POOL, environment=stamping(stamps))
    with canned_daemon(setup, directory, wire, set(CORES)) as (server, _running):
        for number in range(BURSTS + 1):  # the first one warms up
            seconds = _burst(server, stamps, number * MESSAGES)
            if number:
                yield seconds
            time.sleep(PAUSE_SECONDS)


def _burst(server: CannedServer, stamps: Path, before: int) -> tuple[float, float]:
    begin_ns = time.monotonic_ns()
    server.allow(MESSAGES)
    lines = [line.split() for line in wait_for_lines(stamps, before + MESSAGES, GIVE_UP_SECONDS)[before:]]
    last_ns = max(int(start_ns) for _number, start_ns, _pid in lines)
    busier = max(Counter(pid for *_rest, pid in lines).values())
    return (last_ns - begin_ns) / 1e9, busier / MESSAGES
