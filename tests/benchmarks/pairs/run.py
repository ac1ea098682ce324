"""Ours against each of the others, pair by pair, in turns: see `benchmarks.pairs.turns` and docs/performance.md."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.canned.wire import Wire
from benchmarks.comparison.contestants import OURS, Contestant, named
from benchmarks.comparison.row import FAILURES
from benchmarks.comparison.scenes import SERVER_CORE
from benchmarks.figures import Figure, Result
from benchmarks.pairs.figures import ratio_figure
from benchmarks.pairs.goals import efficiency_goals, speed_goals
from benchmarks.pairs.options import Options
from benchmarks.pairs.ratios import Pair, quartiles
from benchmarks.pairs.stopped import stopped_contender
from benchmarks.pairs.table import print_speeds
from benchmarks.pairs.turns import Rules, take_turns
from benchmarks.processes.cores import on_cores
from benchmarks.processes.tree import StopError

TRIVIAL = {"BENCH_WORK": "trivial"}


@dataclass(frozen=True, slots=True)
class Duel:
    """Ours against one other; without ``pairs``, ``failure`` says why."""

    rival: str
    versions: str
    pairs: Sequence[Pair] = ()
    failure: str = ""


def run(options: Options, directory: Path, console: Console) -> Iterator[Result]:
    """For each latency one; each contestant takes some seconds more than its turns."""
    for wire in options.wires(directory):
        load = os.getloadavg()[0]  # says whether the machine was ours alone
        turns = f"{options.rules.pairs} pairs of turns of {options.rules.turn_seconds:g} s"
        console.print(f"[bold]{wire}[/bold], {turns}; load average at the begin: {load:.2f}")
        duels = []
        for name in options.rivals:
            console.print(f"[dim]{OURS} and {name} …[/dim]")
            duels.append(_duel(named(name), wire, options.rules, directory / f"{wire.name}-{name}"))
        print_speeds(duels, console)
        yield Result(f"pairs-{wire.name}", list(_figures(duels, wire)), _details(duels, options.rules, load))


def _duel(rival: Contestant, wire: Wire, rules: Rules, directory: Path) -> Duel:
    versions = ""
    try:
        versions = rival.environment().versions
        return Duel(rival.name, versions, _pairs(rival, wire, rules, directory))
    except (*FAILURES, StopError) as error:
        return Duel(rival.name, versions, failure=str(error) or type(error).__name__)


def _pairs(rival: Contestant, wire: Wire, rules: Rules, directory: Path) -> Sequence[Pair]:
    with ExitStack() as stack:
        stack.enter_context(on_cores({SERVER_CORE}))  # who measures is not to push aside whom it measures
        ours, theirs = (
            stack.enter_context(stopped_contender(each, wire, TRIVIAL, rules, directory / each.name))
            for each in (named(OURS), rival)
        )
        return take_turns(ours, theirs, rules)


def _figures(duels: Sequence[Duel], wire: Wire) -> Iterator[Figure]:
    for goals, what, ratio in (
        (efficiency_goals(wire), "messages per CPU-s", lambda pair: pair.efficiency_ratio),
        (speed_goals(wire), "messages/s", lambda pair: pair.speed_ratio),
    ):
        for duel in duels:
            if duel.pairs:
                found = quartiles(map(ratio, duel.pairs))
                yield ratio_figure(f"{what}, times {duel.rival}", found, goals.get(duel.rival))


def _details(duels: Sequence[Duel], rules: Rules, load: float) -> dict[str, Any]:
    return {"rules": asdict(rules), "load_average": load, "duels": [asdict(duel) for duel in duels]}
