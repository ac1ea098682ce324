"""Idle: what a daemon with one worker costs on one empty queue, in CPU time and in requests."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import mean

from benchmarks.figures import Figure, Result
from benchmarks.processes.proc import cpu_seconds
from benchmarks.rig import CLOCK, QUEUE, Rig, Setup, counters, rig
from punctuald.demo.queues import create_queue
from punctuald.demo.servers import MOTO, EmbeddedServer

SETTLE_SECONDS = 5.0
CPU_WINDOW_SECONDS = 60.0
POLL_WINDOW_SECONDS = 65.0  # about sixteen long polls begin in it
LOOK_INTERVAL_SECONDS = 0.15  # between two looks at the counters: 0.1 s of sleep, and a snapshot's way to the log
DAY_SECONDS = 86_400
GOAL_CPU_PERCENT = 0.3
GOAL_RECEIVES_A_DAY = 21_600


def run(directory: Path) -> Result:
    """About 135 seconds."""
    with EmbeddedServer(MOTO) as server:
        create_queue(server.endpoint_url, QUEUE)
        with rig(Setup(server.endpoint_url, pool={"max_workers": 1}), directory) as running:
            time.sleep(SETTLE_SECONDS)
            percent = _cpu_percent(running)
            receive_mono = _receive_times(running)
    # From one receive to the next, not their number in a window: that would be off by up to one in three.
    apart = [after - before for before, after in pairwise(receive_mono)]
    a_day = DAY_SECONDS / mean(apart)
    error = a_day * LOOK_INTERVAL_SECONDS / sum(apart)  # the first and the last may each be seen so much late
    figures = [
        Figure("CPU of the whole daemon", sum(percent.values()), "% of a core", GOAL_CPU_PERCENT),
        *(Figure(f"CPU, {name}", share, "% of a core") for name, share in percent.items()),
        Figure("receives a day", a_day, at_most=GOAL_RECEIVES_A_DAY, error=error),
    ]
    return Result("idle", figures, {"seconds_between_receives": apart})


def _cpu_percent(running: Rig) -> dict[str, float]:
    supervisor = running.supervisor
    pids = {"supervisor": supervisor.pid, **{child.name(): child.pid for child in supervisor.children()}}
    begin_mono, before = CLOCK.mono(), {name: cpu_seconds([pid]) for name, pid in pids.items()}
    time.sleep(CPU_WINDOW_SECONDS)
    seconds = CLOCK.mono() - begin_mono
    return {name: 100 * (cpu_seconds([pid]) - before[name]) / seconds for name, pid in pids.items()}


def _receive_times(running: Rig) -> Sequence[float]:
    """When the count of answered receives was seen to grow."""
    times: list[float] = []
    end_mono = CLOCK.mono() + POLL_WINDOW_SECONDS
    known = counters(running.snapshot())["receive_empty"]
    while CLOCK.mono() < end_mono:
        time.sleep(LOOK_INTERVAL_SECONDS - 0.05)
        count = counters(running.snapshot())["receive_empty"]
        if count > known:
            times.append(CLOCK.mono())
        known = count
    return times
