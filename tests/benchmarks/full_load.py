"""Full load: a backlog waits and the handler does nothing. What does a message cost in requests, how fast is it?"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.figures import Figure, Result
from benchmarks.rig import CLOCK, QUEUE, RigError, Setup, counters, rig
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import MINISTACK, EmbeddedServer

MESSAGES = 3_000
BATCH = 10
WORKERS = (1, 2)
GIVE_UP_SECONDS = 120.0
GOAL_REQUESTS = 0.21


def run(directory: Path) -> Result:
    """About 40 seconds."""
    figures: list[Figure] = []
    details = {}
    for workers in WORKERS:
        seconds, final = _drain(directory / str(workers), workers)
        counts = {name: count for name, count in final.items() if count}
        requests = sum(count for name, count in counts.items() if name.startswith("request_"))
        figures += [
            Figure(f"requests per message, {workers} workers", requests / counts["done"], at_most=GOAL_REQUESTS),
            Figure(f"throughput, {workers} workers", MESSAGES / seconds, "messages/s"),
        ]
        details[str(workers)] = {"seconds": seconds, **counts}
    return Result("full_load", figures, details)


def _drain(directory: Path, workers: int) -> tuple[float, dict[str, int]]:
    """Seconds from the daemon's readiness to the last acknowledgement, and the counters."""
    directory.mkdir()
    with EmbeddedServer(MINISTACK) as server:
        _fill(server.endpoint_url)
        pool = {"min_workers": workers, "max_workers": workers}
        with rig(Setup(server.endpoint_url, pool=pool), directory) as running:
            begin_mono = CLOCK.mono()
            while counters(running.snapshot())["done"] < MESSAGES:
                if CLOCK.mono() - begin_mono > GIVE_UP_SECONDS:
                    raise RigError(f"{MESSAGES} messages: not within {GIVE_UP_SECONDS:g} s")
                time.sleep(0.2)
            seconds = CLOCK.mono() - begin_mono
            return seconds, dict(counters(running.stop()))


def _fill(endpoint_url: str) -> None:
    url, client = create_queue(endpoint_url, QUEUE), connect(endpoint_url)
    for _ in range(MESSAGES // BATCH):
        client.send_message_batch(
            QueueUrl=url, Entries=[{"Id": str(number), "MessageBody": "x"} for number in range(BATCH)]
        )
