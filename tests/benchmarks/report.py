"""How long `punctuald report` takes with a log of five million lines, and how much memory.

A week of one daemon: 3.6 % of the lines are intervals with their histograms; the others are lines of messages, as a
daemon writes them that logs more of them than by default. Wall time is of all that the command does, with the file in
the page cache.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from time import monotonic

import orjson

from benchmarks.figures import Figure, Result
from punctuald.clock import iso_utc

LINES = 5_000_000
WEEK_SECONDS, INTERVAL_SECONDS = 7 * 86_400, 10
BEGIN = 1_795_392_000.0  # 2026-11-23 00:00 UTC
MESSAGES = LINES // (WEEK_SECONDS // INTERVAL_SECONDS) - 3
"""Between two intervals, each of which is three lines."""
GOAL_SECONDS, GOAL_MB = 15.0, 512.0

DONE = (
    b'{"timestamp":"%s","level":"info","event":"message.done","queue":"orders",'
    b'"message_id":"00000000-0000-4000-9000-%012x","tier":"peak","receive_count":1,"produce_seconds":0.0,'
    b'"queue_seconds":0.031,"ready_seconds":0.001,"handle_seconds":0.12,"settle_seconds":0.018,'
    b'"process":"worker","worker":%d}\n'
)
CELLS = {"queue": (900, 25), "ready": (800, 15), "handle": (1090, 30), "settle": (880, 12), "end_to_end": (1100, 35)}


def run(directory: Path) -> Result:
    """Two minutes, most of which are for writing the log: 1.6 GB."""
    log, page = directory / "vm1.log", directory / "report.html"
    with log.open("wb") as file:
        file.writelines(islice(blocks(), WEEK_SECONDS // INTERVAL_SECONDS))
    begun = monotonic()
    arguments = [sys.executable, "-m", "punctuald", "report", str(log), "--html", str(page)]
    with (directory / "text").open("wb") as text:
        actions = [(os.POSIX_SPAWN_DUP2, text.fileno(), 1), (os.POSIX_SPAWN_DUP2, text.fileno(), 2)]
        pid = os.posix_spawn(sys.executable, arguments, os.environ, file_actions=actions)
    _, status, used = os.wait4(pid, 0)
    if status:
        raise RuntimeError((directory / "text").read_text())
    figures = [
        Figure("time", monotonic() - begun, "s", GOAL_SECONDS),
        Figure("CPU, of all threads", used.ru_utime + used.ru_stime, "s"),
        Figure("peak memory of the process", used.ru_maxrss / 1024, "MB", GOAL_MB),
        Figure("the log", log.stat().st_size / 1e6, "MB"),
        Figure("the page", page.stat().st_size / 1e6, "MB"),
    ]
    return Result("report", figures, {"cpus": os.cpu_count(), "load": os.getloadavg()})


def blocks() -> Iterator[bytes]:
    """The lines of one interval, and of the next, without an end."""
    for number in count():
        begin = BEGIN + number * INTERVAL_SECONDS
        times = [iso_utc(begin + second).encode() for second in range(INTERVAL_SECONDS)]
        done = (DONE % (times[each % INTERVAL_SECONDS], number * MESSAGES + each, each % 4) for each in range(MESSAGES))
        yield b"".join((*done, *(orjson.dumps(each) + b"\n" for each in _interval(begin, number))))


def _interval(begin: float, number: int) -> Iterator[dict[str, object]]:
    head = {"timestamp": iso_utc(begin + INTERVAL_SECONDS), "level": "info", "event": "stats.interval"}
    span = {"begin": iso_utc(begin), "seconds": 10.0, "process": "observer"}
    late = number % 7
    stage = {"mean_seconds": 0.12, "p50_seconds": 0.1, "p95_seconds": 0.2, "p99_seconds": 0.3, "max_seconds": 0.4}
    pairs = {
        name: [[first + each, 1 + (number + each) % 40] for each in range(n)] for name, (first, n) in CELLS.items()
    }
    yield {
        **head, "scope": "tier", **span, "queue": "orders", "tier": "peak", "threshold_seconds": 3.0, "count": 1000,
        "met": 1000 - late, "missed": late, "missed_by": {"queue": late} if late else {},
        "stages": dict.fromkeys(CELLS, stage), "histograms": pairs,
    }  # fmt: skip
    yield {
        **head, "scope": "queue", **span, "queue": "orders", "arrivals": 1000, "requests": 230,
        "counts": {"received": 1000, "done": 1000, "request_receive": 120, "request_acknowledge": 110},
        "started": {"low": 1000}, "errors": {"ValueError shop.py:14": 2}, "slowest_message_id": f"m{number}",
        "slowest_seconds": 0.44, "backlog": {"visible": 12, "in_flight": 4, "delayed": 0, "age_seconds": 1.0},
    }  # fmt: skip
    yield {
        **head, "scope": "daemon", **span, "workers_ready": 4, "busy_slots": 9, "workers": 4, "reason": "arrivals",
        "caps": {}, "head_age_seconds": 0.2, "idle": {"mail": {"receive_empty": 1, "request_receive": 1}},
    }  # fmt: skip
