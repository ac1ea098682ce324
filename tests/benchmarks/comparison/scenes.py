"""What each contestant goes through on the canned server: a backlog without end, and light load."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.canned.server import CannedServer, Counters, canned_server
from benchmarks.canned.wire import PLAIN, Wire
from benchmarks.comparison.contestants import TESTS, Contestant, Place, environ
from benchmarks.comparison.envs import Environment, server_python
from benchmarks.processes.consumer import Consumer, ConsumerError, running
from benchmarks.rig import CLOCK

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[-1]
ONE_WORKER_CORES = {CORES[0]}
ENDLESS = 10**9
START_SECONDS = 30.0
WARM_MESSAGES = 20
LOOK_SECONDS = 0.05
SLEEP_SECONDS = 0.02
DRIP_SECONDS = 0.1
DRIP_WARM_MESSAGES = 5
STAMP_SLACK_SECONDS = 5.0
BARE_LOOP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look."""

    warm_seconds: float = 1.0
    window_seconds: float = 3.0
    drips: int = 50
    backlog: int = 20_000
    drain_seconds: float = 8.0
    rounds: int = 3  # of the trivial handler with one worker, all contestants in turn


QUICK = Effort(warm_seconds=0.7, window_seconds=1.2, drips=20, backlog=4_000, drain_seconds=4.0, rounds=1)


@dataclass(frozen=True, slots=True)
class Throughput:
    """What was done between two instants."""

    seconds: float
    messages: int
    cpu_seconds: float

    @property
    def messages_per_second(self) -> float:
        """Throughput."""
        return self.messages / self.seconds

    @property
    def messages_per_cpu_second(self) -> float:
        """Efficiency of the whole daemon."""
        return self.messages / self.cpu_seconds


@dataclass(frozen=True, slots=True)
class Window(Throughput):
    """In a backlog without end, warm-up excluded."""

    requests: int
    pss_mib: float
    server_share: float  # of one core; near 1 the server is the limit, and the throughput not the consumer's

    @property
    def requests_per_message(self) -> float:
        """SQS calls of all kinds."""
        return self.requests / self.messages


@dataclass(frozen=True, slots=True)
class BareLoop:
    """Calls of a handler with nothing around it."""

    per_second: float
    per_cpu_second: float


@dataclass(frozen=True, slots=True)
class Scene:
    """One contestant, its environment, a place for its files, and how far away its server is."""

    contestant: Contestant
    environment: Environment
    directory: Path
    effort: Effort
    wire: Wire = PLAIN

    def throughput(self, work: Mapping[str, str], workers: int) -> Window:
        """Let it run on an endless backlog and look at it for a while. Raises `ConsumerError`."""
        with self.started(work, workers) as (server, consumer):
            server.allow(ENDLESS)
            warm_up(server, consumer, self.effort.warm_seconds)
            pss_before = consumer.pss_mib()  # not within the window: reading it stops the process for a moment
            before, cpu_before = server.counters(), consumer.cpu_seconds()
            time.sleep(self.effort.window_seconds)
            after, cpu_after = server.counters(), consumer.cpu_seconds()
            consumer.check_alive()
            pss = max(pss_before, consumer.pss_mib())
            return _window(before, after, cpu_after - cpu_before, pss)

    def added_latency(self) -> list[float]:
        """Seconds from a message's being there to its handler's start, for one message each 100 ms."""
        stamps = self.directory / f"{self.contestant.name}-stamps.txt"
        stamps.touch()
        with self.started({"BENCH_WORK": "stamp", "BENCH_STAMPS": str(stamps)}, 1) as (server, consumer):
            server.allow(1)  # the first one's start is the consumer's own start
            _wait_for_lines(stamps, 1, START_SECONDS, consumer)
            wanted = DRIP_WARM_MESSAGES + self.effort.drips
            server.drip(DRIP_SECONDS, wanted)
            _wait_for_lines(stamps, 1 + wanted, wanted * DRIP_SECONDS + STAMP_SLACK_SECONDS, consumer)
            available_ns = server.available_ns()
        lines = (line.split() for line in stamps.read_text().splitlines())
        started_ns = {int(number): int(ns) for number, ns in lines}
        counted = range(1 + DRIP_WARM_MESSAGES, 1 + wanted)
        return [(started_ns[number] - available_ns[number - 1]) / 1e9 for number in counted]

    @contextmanager
    def started(self, work: Mapping[str, str], workers: int) -> Iterator[tuple[CannedServer, Consumer]]:
        """The contestant on a canned server of its own, which has nothing for it yet."""
        with canned_server(self.contestant.dialect, SERVER_CORE, self.wire, server_python()) as server:
            place = Place(server.endpoint_url, server.queue_url, self.directory, self.wire)
            with self.consumer(place, work, workers) as consumer:
                yield server, consumer

    @contextmanager
    def consumer(self, place: Place, work: Mapping[str, str], workers: int) -> Iterator[Consumer]:
        """The contestant at work on any server's queue: one worker has the first core, two have all."""
        commands = self.contestant.commands(self.environment, place, workers)
        work = {"BENCH_SLEEP_SECONDS": str(SLEEP_SECONDS), **work}
        cores = ONE_WORKER_CORES if workers == 1 else set(CORES)
        with running(commands, environ(place, work), cores, self.directory / "output.log") as consumer:
            yield consumer

    def bare_loop(self, work: Mapping[str, str]) -> BareLoop:
        """The handler in a loop that does nothing else, in the same interpreter on the same core."""
        command = [self.environment.python, "-P", "-m", "benchmarks.peers.bare_loop", str(BARE_LOOP_SECONDS)]
        place = Place("", "", self.directory)
        log = self.directory / f"{self.contestant.name}-bare-loop.txt"
        with running([command], environ(place, work), ONE_WORKER_CORES, log) as loop:
            time.sleep(BARE_LOOP_SECONDS)
            give_up_mono = CLOCK.mono() + START_SECONDS
            while not log.read_text().endswith("\n"):
                if CLOCK.mono() > give_up_mono:
                    raise ConsumerError(f"no bare loop: {loop.last_words()}")
                time.sleep(LOOK_SECONDS)
        return BareLoop(*map(float, log.read_text().split()))


def spin_rounds() -> int:
    """How many rounds of `work.spin` take 1 ms of CPU on this machine, now."""
    command = [sys.executable, "-P", "-m", "benchmarks.peers.bare_loop", "calibrate"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return int(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)


def warm_up(server: CannedServer, consumer: Consumer, seconds: float) -> None:
    """Until it has been deleting messages for so long. Raises `ConsumerError`."""
    give_up_mono = CLOCK.mono() + START_SECONDS
    first_mono: float | None = None
    while True:
        deleted, now_mono = server.counters().deleted, CLOCK.mono()
        if first_mono is None and deleted:
            first_mono = now_mono
        if first_mono is not None and deleted >= WARM_MESSAGES and now_mono - first_mono >= seconds:
            return
        consumer.check_alive()
        if now_mono > give_up_mono:
            raise ConsumerError(f"{deleted} messages in {START_SECONDS:g} s: {consumer.last_words()}")
        time.sleep(LOOK_SECONDS)


def _window(before: Counters, after: Counters, cpu_seconds: float, pss_mib: float) -> Window:
    seconds = after.mono_seconds - before.mono_seconds
    messages = after.deleted - before.deleted
    if messages == 0 or cpu_seconds == 0:
        raise ConsumerError(f"{messages} messages and {cpu_seconds:g} s of CPU in {seconds:.1f} s")
    server_share = (after.cpu_seconds - before.cpu_seconds) / seconds
    return Window(seconds, messages, cpu_seconds, after.requests - before.requests, pss_mib, server_share)


def _wait_for_lines(path: Path, count: int, seconds: float, consumer: Consumer) -> None:
    give_up_mono = CLOCK.mono() + seconds
    while (lines := path.read_text().count("\n")) < count:
        consumer.check_alive()
        if CLOCK.mono() > give_up_mono:
            raise ConsumerError(f"{lines} of {count} messages handled in {seconds:g} s: {consumer.last_words()}")
        time.sleep(LOOK_SECONDS)
