"""What does it cost messages when the observer is killed, hung or flooded? In paired turns of one daemon, undisturbed
and disturbed, in alternating order, so that whatever else the machine does falls on both.

One worker and the whole daemon on one core; on the other the canned server, with 200 messages a second, and the flood.
A message's time is from its being there to its handler's start, both on CLOCK_MONOTONIC.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.engine.canned_daemon import canned_daemon, stamping, wait_for_lines
from benchmarks.figures import Figure, Result, quantile
from benchmarks.handlers import SLOW_VARIABLE
from benchmarks.observer.disturbances import DISTURBANCES, Counted, Disturbance
from benchmarks.pairs.ratios import Quartiles, quartiles
from benchmarks.rig import CLOCK, Rig, Setup
from peers.programs.ports import free_ports

PER_SECOND = 200
WARM_SECONDS, DRAIN_SECONDS = 3.0, 30.0
TURN_SECONDS = 4.0
PAIRS = 6
MOST_SECONDS = WARM_SECONDS + 2 * PAIRS * (TURN_SECONDS + 3.0)  # a flood takes a while to begin and to end
THRESHOLD_SECONDS = 1.0
GOAL_RATIO = 1.25


class Turn(NamedTuple):
    """From when to when it counts."""

    disturbed: bool
    begin_mono: float
    end_mono: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """``waits_seconds``: of each turn's messages; turns come in pairs."""

    turns: Sequence[Turn]
    waits_seconds: Sequence[Sequence[float]]
    lost: int
    late: int
    counted: Counted

    def p95_seconds(self, *, disturbed: bool) -> list[float]:
        """Of each such turn."""
        both = zip(self.turns, self.waits_seconds, strict=True)
        return [quantile(waits, 0.95) for turn, waits in both if turn.disturbed == disturbed]

    @property
    def ratios(self) -> Quartiles:
        """The disturbed turn's as a multiple of its neighbour's."""
        pairs = zip(self.p95_seconds(disturbed=True), self.p95_seconds(disturbed=False), strict=True)
        return quartiles(disturbed / quiet for disturbed, quiet in pairs)


@dataclass(slots=True)
class Scene:
    """One daemon, and what was done so far."""

    running: Rig
    port: int
    turns: list[Turn] = field(default_factory=list)
    counted: Counted = field(default_factory=list)

    def take(self, disturbance: Disturbance | None) -> None:
        """One turn."""
        with nullcontext() if disturbance is None else disturbance(self.running, self.port, self.counted):
            begin_mono = CLOCK.mono()
            time.sleep(TURN_SECONDS)
            self.turns.append(Turn(disturbance is not None, begin_mono, CLOCK.mono()))


def run(directory: Path) -> Result:
    """About four minutes."""
    outcomes = {name: _outcome(disturbance, directory / name) for name, disturbance in DISTURBANCES.items()}
    figures = [figure for name, outcome in outcomes.items() for figure in _figures(name, outcome)]
    return Result("observer", figures, {name: _details(outcome) for name, outcome in outcomes.items()})


def _figures(name: str, outcome: Outcome) -> Iterator[Figure]:
    found, quiet = outcome.ratios, quartiles(outcome.p95_seconds(disturbed=False))
    spread = (found.lower, found.upper)
    yield Figure(f"{name}: p95 of the wait, undisturbed", 1000 * quiet.median, "ms")
    yield Figure(f"{name}: p95, disturbed / undisturbed", found.median, at_most=GOAL_RATIO, quartiles=spread)
    yield Figure(f"{name}: messages lost", outcome.lost, at_most=0)
    yield Figure(f"{name}: messages late ({THRESHOLD_SECONDS:g} s)", outcome.late, at_most=0)
    if outcome.counted:
        seconds = len(outcome.counted) * TURN_SECONDS
        yield Figure(f"{name}: scrapes a second", sum(each.scrapes for each in outcome.counted) / seconds)
        yield Figure(f"{name}: of these served", sum(each.served for each in outcome.counted) / seconds)
        yield Figure(f"{name}: clients that never read", sum(each.stuck for each in outcome.counted))


def _details(outcome: Outcome) -> Mapping[str, object]:
    return {
        "quiet_p95_seconds": outcome.p95_seconds(disturbed=False),
        "disturbed_p95_seconds": outcome.p95_seconds(disturbed=True),
        "floods": outcome.counted,
    }


def _outcome(disturbance: Disturbance, directory: Path) -> Outcome:
    directory.mkdir()
    stamps, [port] = directory / "stamps.txt", free_ports(1)
    with canned_daemon(_setup(stamps, port), directory) as (server, running):
        server.drip(1 / PER_SECOND, int(PER_SECOND * MOST_SECONDS))
        time.sleep(WARM_SECONDS)
        scene = Scene(running, port)
        for number in range(2 * PAIRS):
            scene.take(disturbance if number % 4 in {1, 2} else None)  # quiet, disturbed, disturbed, quiet
        lines = wait_for_lines(stamps, int(PER_SECOND * MOST_SECONDS), MOST_SECONDS + DRAIN_SECONDS)
        available_ns = server.available_ns()
        final = running.stop()
    started_ns = {int(number): int(ns) for number, ns, _pid in map(str.split, lines)}
    waits = [_waits(turn, available_ns, started_ns) for turn in scene.turns]
    late = sum(tier.get("missed", 0) for tier in final["tiers"].values())
    return Outcome(scene.turns, waits, len(available_ns) - len(started_ns), late, scene.counted)


def _setup(stamps: Path, port: int) -> Setup:
    tier = f'[[sla.tier]]\nname = "strict"\nthreshold_seconds = {THRESHOLD_SECONDS}'
    sections = f'[http]\nlisten = "127.0.0.1:{port}"\n{tier}'
    return Setup("", "handlers:quick_or_slow", pool={"max_workers": 1}, environment=_quick(stamps), sections=sections)


def _quick(stamps: Path) -> dict[str, str]:
    """None of its messages is slow."""
    return {**stamping(stamps), SLOW_VARIABLE: ""}


def _waits(turn: Turn, available_ns: Sequence[int], started_ns: Mapping[int, int]) -> list[float]:
    """Of the messages that came within the turn and were started."""
    within = (number for number, ns in enumerate(available_ns) if turn.begin_mono <= ns / 1e9 < turn.end_mono)
    return [(started_ns[number] - available_ns[number]) / 1e9 for number in within if number in started_ns]
