"""One message in a hundred takes a second, the others microseconds: how long do the quick ones wait?

The messages come evenly spaced; which are slow is drawn, with a fixed seed, so that slow ones come together at times as
they do in life. A quick one's wait is from its being there to its handler's start, both on CLOCK_MONOTONIC.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine.canned_daemon import canned_daemon, stamping, wait_for_lines
from benchmarks.figures import Figure, Result, quantile
from benchmarks.handlers import SLOW_SECONDS, SLOW_VARIABLE
from benchmarks.rig import Setup

SLOW_SHARE = 0.01
SEED = 14
WARM_MESSAGES = 20
SLACK_SECONDS = 15.0
GOAL_MS = 50.0


@dataclass(frozen=True, slots=True)
class Load:
    """So many messages a second for so long, on so many slots."""

    per_second: int
    slots: int
    seconds: int

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.per_second} messages/s, {self.slots} slots"

    @property
    def messages(self) -> int:
        """In all."""
        return self.per_second * self.seconds


LOADS = (Load(50, 4, 60), Load(200, 8, 30))


def run(directory: Path) -> Result:
    """About 110 seconds."""
    figures: list[Figure] = []
    details = {}
    for load in LOADS:
        waits_ms = [seconds * 1000 for seconds in _waits(load, directory / str(load.per_second))]
        figures += [
            Figure(f"{load.name}: quick ones' start, p50", quantile(waits_ms, 0.50), "ms"),
            Figure(f"{load.name}: quick ones' start, p99", quantile(waits_ms, 0.99), "ms", GOAL_MS),
            Figure(f"{load.name}: quick ones' start, latest", max(waits_ms), "ms"),
        ]
        details[load.name] = waits_ms
    return Result("mix", figures, details)


def slow_numbers(load: Load) -> frozenset[int]:
    """The messages that take a second, by their number; the first ones, which warm up, are quick."""
    draw = random.Random(SEED)  # noqa: S311 - no secret
    numbers = range(WARM_MESSAGES, WARM_MESSAGES + load.messages)
    return frozenset(number for number in numbers if draw.random() < SLOW_SHARE)


def _waits(load: Load, directory: Path) -> list[float]:
    directory.mkdir()
    stamps, slow = directory / "stamps.txt", slow_numbers(load)
    environment = {**stamping(stamps), SLOW_VARIABLE: " ".join(map(str, sorted(slow)))}
    pool = {"min_workers": 1, "max_workers": 1, "slots": load.slots}
    with canned_daemon(Setup("", "handlers:quick_or_slow", pool=pool, environment=environment), directory) as scene:
        server, _running = scene
        server.allow(WARM_MESSAGES)
        wait_for_lines(stamps, WARM_MESSAGES, SLACK_SECONDS)
        server.drip(1 / load.per_second, load.messages)
        all_messages = WARM_MESSAGES + load.messages
        lines = wait_for_lines(stamps, all_messages, load.seconds + SLOW_SECONDS + SLACK_SECONDS)
        available_ns = server.available_ns()
    started_ns = {int(number): int(ns) for number, ns, _pid in map(str.split, lines)}
    quick = [number for number in range(WARM_MESSAGES, all_messages) if number not in slow]
    return [(started_ns[number] - available_ns[number - WARM_MESSAGES]) / 1e9 for number in quick]
