"""Runs one scenario and prints what came of it as JSON: `python -m chaos.scenarios.run_one NAME TRANSPORT [--tls] …`.

A process of its own for each, because a daemon under test is tied to the main thread of who starts it.
"""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from chaos.scenarios.catalogue import SCENARIOS
from chaos.scenarios.runner import Outcome, Variant, run_scenario
from chaos.scenarios.scenario import Scenario

KEPT = Path(__file__).parents[3] / "build" / "chaos"
"""Here the files of a scenario are kept that has charges."""

SHOWN_CHARGES = 5


@dataclass(frozen=True, slots=True)
class Report:
    """An outcome in plain values. ``wrong`` says what is charged; ``kept`` is where its files are then."""

    seconds: float
    sent: int
    handled: int
    dead_lettered: int
    left: int
    faults: int
    repeats: Mapping[str, int]
    charges: Mapping[str, int]
    examples: list[str]
    wrong: list[str]
    kept: str = ""


def shortened(scenario: Scenario, seconds: float | None) -> Scenario:
    """With a load of ``seconds``, where it has one that lasts."""
    if seconds is None or not scenario.load.seconds:
        return scenario
    return replace(scenario, load=replace(scenario.load, seconds=seconds))


def report(outcome: Outcome) -> Report:
    """What is worth printing."""
    verdict, charges = outcome.verdict, Counter(charge.kind.value for charge in outcome.charges)
    return Report(
        seconds=outcome.seconds,
        sent=verdict.sent,
        handled=verdict.handled,
        dead_lettered=verdict.dead_lettered,
        left=verdict.left,
        faults=sum(verdict.faults.values()),
        repeats={cause.value: count for cause, count in verdict.repeats.items()},
        charges=charges,
        examples=[f"{charge.kind}: {charge.message_id} {charge.text}" for charge in outcome.charges[:SHOWN_CHARGES]],
        wrong=[f"charged: {kind}" for kind in sorted(charges)],
    )


def run_one(scenario: Scenario, variant: Variant) -> Report:
    """Run it in a directory of its own, which is kept where something is charged."""
    with TemporaryDirectory(prefix="punctuald-chaos-") as directory:
        try:
            told = report(run_scenario(scenario, variant, Path(directory)))
        except BaseException:
            _keep(Path(directory), scenario, variant)
            raise
        return replace(told, kept=_keep(Path(directory), scenario, variant)) if told.wrong else told


def _keep(directory: Path, scenario: Scenario, variant: Variant) -> str:
    kept = KEPT / f"{scenario.name}-{variant}".replace(" ", "-")
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(directory, kept)
    return str(kept)


def main(arguments: list[str]) -> int:
    """Prints one line of JSON."""
    parser = ArgumentParser(prog="python -m chaos.scenarios.run_one")
    parser.add_argument("name", choices=SCENARIOS)
    parser.add_argument("transport", choices=["fast", "boto3"])
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float)
    options = parser.parse_args(arguments)
    variant = Variant(options.transport, options.tls, options.seed)
    told = run_one(shortened(SCENARIOS[options.name], options.seconds), variant)
    sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
