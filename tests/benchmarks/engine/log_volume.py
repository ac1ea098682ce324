"""What the log costs at 1,000 messages a second: lines and CPU, as it comes, and without intervals and samples.

In turns, quiet, usual, usual, quiet: the server and the machine drift. The difference is what those lines cost, with
what is read from the board for them; the observer's looks at the tiers are in both.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import mean

from benchmarks.canned.server import CannedServer
from benchmarks.engine.canned_daemon import canned_daemon
from benchmarks.figures import Figure, Result
from benchmarks.processes.proc import cpu_seconds
from benchmarks.rig import CLOCK, Rig, Setup

PER_SECOND = 1000
WARM_SECONDS = 5.0
WINDOW_SECONDS = 30.0
POOL = {"max_workers": 1}
USUAL = Setup("", pool=POOL, sample=0.001)
QUIET = Setup("", pool=POOL, sections="interval_seconds = 3600")
TURNS = (QUIET, USUAL, USUAL, QUIET)
GOAL_LINES, GOAL_CPU_PERCENT = 5.0, 1.0


def run(directory: Path) -> Result:
    """About 160 seconds."""
    seen = [(setup, *_seen(setup, directory / str(number))) for number, setup in enumerate(TURNS)]
    usual_lines = mean(lines for setup, lines, _ in seen if setup is USUAL)
    usual, quiet = (mean(percent for setup, _, percent in seen if setup is kind) for kind in (USUAL, QUIET))
    figures = [
        Figure("lines a second, all processes", usual_lines, at_most=GOAL_LINES),
        Figure("CPU of the whole daemon, log as it comes", usual, "% of a core"),
        Figure("CPU of the whole daemon, without intervals and samples", quiet, "% of a core"),
        Figure("what these cost", usual - quiet, "% of a core", GOAL_CPU_PERCENT),
    ]
    return Result("log_volume", figures, {"turns": [(setup is USUAL, *rest) for setup, *rest in seen]})


def _seen(setup: Setup, directory: Path) -> tuple[float, float]:
    """Lines a second, and the share of a core in percent."""
    with canned_daemon(setup, directory) as (server, running):
        _drip(server)
        time.sleep(WARM_SECONDS)
        pids = [running.supervisor.pid, *(child.pid for child in running.supervisor.children())]
        begin_mono, lines, cpu = CLOCK.mono(), _lines(running), cpu_seconds(pids)
        time.sleep(WINDOW_SECONDS)
        seconds = CLOCK.mono() - begin_mono
        return (_lines(running) - lines) / seconds, 100 * (cpu_seconds(pids) - cpu) / seconds


def _drip(server: CannedServer) -> None:
    server.drip(1 / PER_SECOND, int(PER_SECOND * (WARM_SECONDS + WINDOW_SECONDS + 2)))


def _lines(running: Rig) -> int:
    return len(running.refresh())
