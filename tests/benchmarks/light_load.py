"""Light load: how much later than a bare boto3 loop does the daemon start a handler?

One message each 100 ms, from SQS's SentTimestamp to the handler. Both run on the same server in the same run, in
turns and never at once: daemon, loop, loop, daemon.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure, Result, quantile
from benchmarks.handlers import STAMPS_VARIABLE
from benchmarks.rig import CLOCK, STAMP, START_SECONDS, RigError, Setup, rig
from punctuald.demo import tethered
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.sandbox import sandbox_environment
from punctuald.demo.servers import MOTO, EmbeddedServer

MESSAGES_A_ROUND = 100
INTERVAL_SECONDS = 0.1
WARM_UP_MESSAGES = 5
ROUNDS = ("daemon", "loop", "loop", "daemon")
RATIO_GOAL = 1.0


def run(directory: Path) -> Result:
    """About 45 seconds."""
    seconds: dict[str, list[float]] = {"daemon": [], "loop": []}
    with EmbeddedServer(MOTO) as server:
        for number, who in enumerate(ROUNDS):
            seconds[who] += _round(server.endpoint_url, directory / f"{number}-{who}", who)
    return Result("light_load", list(_figures(seconds)), {"seconds": seconds})


def _figures(seconds: dict[str, list[float]]) -> Iterator[Figure]:
    for name, share in (("p50", 0.50), ("p95", 0.95)):
        daemon, loop = (quantile(seconds[who], share) for who in ("daemon", "loop"))
        yield Figure(f"{name}, daemon", daemon * 1000, "ms")
        yield Figure(f"{name}, boto3 loop", loop * 1000, "ms")
        yield Figure(f"{name}, daemon / loop", daemon / loop, at_most=RATIO_GOAL)


def _round(endpoint_url: str, directory: Path, who: str) -> list[float]:
    directory.mkdir()
    url, stamps = create_queue(endpoint_url, directory.name), directory / "stamps.txt"
    consumer = _daemon if who == "daemon" else _loop
    with consumer(endpoint_url, url, directory, stamps):
        _send(endpoint_url, url, "warm", WARM_UP_MESSAGES)
        _wait_for_lines(stamps, WARM_UP_MESSAGES)
        _send(endpoint_url, url, "counted", MESSAGES_A_ROUND)
        _wait_for_lines(stamps, WARM_UP_MESSAGES + MESSAGES_A_ROUND)
    lines = [line.split() for line in stamps.read_text().splitlines()]
    return [float(seconds) for body, seconds in lines if body.startswith("counted")]


@contextmanager
def _daemon(endpoint_url: str, _url: str, directory: Path, stamps: Path) -> Iterator[None]:
    environment = {STAMPS_VARIABLE: str(stamps)}
    setup = Setup(endpoint_url, STAMP, queue_name=directory.name, pool={"max_workers": 1}, environment=environment)
    with rig(setup, directory):
        yield


@contextmanager
def _loop(endpoint_url: str, url: str, _directory: Path, stamps: Path) -> Iterator[None]:
    environment = {**sandbox_environment(os.environ, endpoint_url), STAMPS_VARIABLE: str(stamps)}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), environment.get("PYTHONPATH", "")])
    command = [sys.executable, "-P", tethered.__file__, str(os.getpid()), "benchmarks.plain_loop", endpoint_url, url]
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield
        finally:
            process.kill()


def _send(endpoint_url: str, url: str, text: str, count: int) -> None:
    client = connect(endpoint_url)
    begin_mono = CLOCK.mono()
    for number in range(count):
        time.sleep(max(0.0, begin_mono + number * INTERVAL_SECONDS - CLOCK.mono()))
        client.send_message(QueueUrl=url, MessageBody=f"{text}-{number}")


def _wait_for_lines(path: Path, count: int) -> None:
    _wait(lambda: path.exists() and path.read_text().count("\n") >= count, f"{count} handled messages")


def _wait(condition: Callable[[], bool], what: str) -> None:
    give_up_mono = CLOCK.mono() + START_SECONDS
    while not condition():
        if CLOCK.mono() > give_up_mono:
            raise RigError(f"{what}: not within {START_SECONDS:g} s")
        time.sleep(0.05)
