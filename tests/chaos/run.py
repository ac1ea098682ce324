"""Chaos: the real daemon against an SQS that fails on purpose, and a verdict over every message.

`python -m chaos.run [NAME…] [--transport fast|boto3] [--tls|--no-tls] [--seed N] [--seconds S]`: all scenarios, or the
named ones, over both transports, plain and over TLS, if nothing else is said. Ends with 1 where a charge stands.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from chaos.scenarios.catalogue import SCENARIOS
from chaos.scenarios.runner import Variant
from punctuald.demo import tethered

TETHERED = (sys.executable, "-P", tethered.__file__)
COLUMNS = ("scenario", "variant", "s", "sent", "handled", "DLQ", "left", "faults", "again", "charges", "verdict")
TEXT_COLUMNS = frozenset({"scenario", "variant", "charges", "verdict"})
AT_ONCE = 3
"""Scenarios mostly wait, and the machine has to be free enough that a late renewal is the daemon's own fault."""

SCENARIO_SECONDS = 100.0
TOTAL_SECONDS = 960.0
"""With kill_nine's minute and a half, it ends within eighteen minutes."""


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario that was run; ``failure`` says why there is no report."""

    name: str
    variant: Variant
    report: Mapping[str, Any] | None
    failure: str = ""

    @property
    def wrong(self) -> list[str]:
        """What makes the run fail."""
        return [self.failure] if self.report is None else list(self.report["wrong"])


def run_one(name: str, variant: Variant, seconds: float | None, end_mono: float) -> Row:
    """Run one in a process of its own, unless all the time is used up."""
    left_seconds = min(SCENARIO_SECONDS, end_mono - time.monotonic())
    if left_seconds <= 0:
        return Row(name, variant, None, "not run: no time was left")
    command = [*TETHERED, str(os.getpid()), "chaos.scenarios.run_one", name, variant.transport]
    command += ["--seed", str(variant.seed), *(["--tls"] if variant.tls else [])]
    command += [] if seconds is None else ["--seconds", str(seconds)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=left_seconds, check=False)
    except subprocess.TimeoutExpired:
        return Row(name, variant, None, f"not over after {left_seconds:.0f} s")
    if done.returncode:
        return Row(name, variant, None, done.stderr.decode(errors="replace")[-2_000:])
    return Row(name, variant, orjson.loads(done.stdout))


def run_all(options: Namespace) -> list[Row]:
    """All that are asked for, in the catalogue's order."""
    transports = [options.transport] if options.transport else ["fast", "boto3"]
    tls = [False, True] if options.tls is None else [options.tls]
    names = options.names or list(SCENARIOS)
    variants = [Variant(transport, over_tls, options.seed) for transport, over_tls in product(transports, tls)]
    end_mono = time.monotonic() + options.total_seconds
    with ThreadPoolExecutor(AT_ONCE) as executor:
        jobs = [
            executor.submit(run_one, name, variant, options.seconds, end_mono)
            for name, variant in product(names, variants)
        ]
        return [job.result() for job in jobs]


def show(rows: Iterable[Row], console: Console) -> None:
    """The table."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in TEXT_COLUMNS else "right")
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)


def _cells(row: Row) -> list[str]:
    if row.report is None:
        return [row.name, str(row.variant), *[""] * 8, "NO VERDICT"]
    report = row.report
    numbers = [report[name] for name in ("sent", "handled", "dead_lettered", "left", "faults")]
    charges = ", ".join(f"{count} {kind}" for kind, count in report["charges"].items())
    verdict = "WRONG" if row.wrong else "clean"
    again = str(sum(report["repeats"].values()))
    return [row.name, str(row.variant), f"{report['seconds']:.0f}", *map(str, numbers), again, charges, verdict]


def main(arguments: list[str]) -> int:
    """See above."""
    parser = ArgumentParser(prog="python -m chaos.run")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCENARIOS))
    parser.add_argument("--transport", choices=["fast", "boto3"])
    parser.add_argument("--tls", action=BooleanOptionalAction, help="over TLS only, or plain only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="how long a load lasts")
    parser.add_argument("--total-seconds", type=float, default=TOTAL_SECONDS)
    options, console = parser.parse_args(arguments), Console(width=160)
    if unknown := set(options.names) - SCENARIOS.keys():
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    rows = run_all(options)
    show(rows, console)
    for row in rows:
        for text in row.wrong:
            examples = (row.report or {}).get("examples", [])
            kept = (row.report or {}).get("kept", "")
            console.print(f"{row.name}, {row.variant}: {text}", *examples, kept, sep="\n  ", markup=False)
    return 1 if any(row.wrong for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
