"""A what-if answer held against the real daemon: `python -m chaos.what_if.run [--seed N] [--runs N]`.

A daemon whose messages are partly late writes its log; `punctuald report --what-if workers=+1` says what one worker
more would have come to; then daemons with one worker more meet the same messages. Ends with 1 where the median of their
runs is further from the prediction than it may be.
"""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from chaos.what_if.load import Load, draw
from chaos.what_if.real_run import RealRun, run_daemon

MIN_WORKERS, MAX_WORKERS = 2, 4
CHANGE = "workers=+1"
FEWEST_MESSAGES = 20_000
LATE_BEFORE = (0.02, 0.10)
MOST_POINTS = 1.0
MOST_COST_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Account:
    """What came of a run or of a replay."""

    messages: int
    compliance: float
    worker_seconds: float


def report(run: RealRun, *options: str) -> dict[str, Any]:
    """As a user asks for it."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "punctuald",
        "report",
        str(run.log),
        "-c",
        str(run.config),
        "--no-html",
        "--json",
    ]
    found: dict[str, Any] = orjson.loads(subprocess.run([*command, *options], capture_output=True, check=True).stdout)
    return found


def account(tiers: Sequence[Mapping[str, Any]], worker_seconds: float) -> Account:
    """From the fields of a report or of one of its replays."""
    messages, met = (sum(tier[name] for tier in tiers) for name in ("messages", "met"))
    return Account(messages, met / messages, worker_seconds)


def of_run(run: RealRun, found: Mapping[str, Any]) -> Account:
    """What really happened."""
    return account(found["tiers"], run.worker_seconds)


def is_a_test(before: Account) -> bool:
    """Whether as many messages as have to be were late."""
    return before.messages >= FEWEST_MESSAGES and LATE_BEFORE[0] <= 1 - before.compliance <= LATE_BEFORE[1]


def charges(before: Account, predicted: Account, after: Sequence[Account]) -> list[str]:
    """What is not as it has to be."""
    found = []
    if not is_a_test(before):
        late = 1 - before.compliance
        found.append(f"no test of a prediction: {before.messages} messages before, {late:.2%} of them late")
    points = 100 * abs(median(each.compliance for each in after) - predicted.compliance)
    if points > MOST_POINTS:
        found.append(f"compliance is {points:.2f} points from what was predicted")
    share = abs(median(each.worker_seconds for each in after) / predicted.worker_seconds - 1)
    if share > MOST_COST_SHARE:
        found.append(f"worker-seconds are {share:.1%} from what was predicted")
    return found


def show(rows: Mapping[str, Account], console: Console) -> None:
    """The table."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("", "messages", "on time", "worker-seconds"):
        table.add_column(column, justify="right" if column else "left")
    for name, each in rows.items():
        table.add_row(name, f"{each.messages:,}", f"{each.compliance:.3%}", f"{each.worker_seconds:,.0f}")
    console.print(table)


def _before(seed: int, directory: Path) -> tuple[Load, RealRun, dict[str, Any]]:
    """With the answer. How many are late hangs on how soon the autoscaler looks and on what else the machine does:
    where they are too few or too many to test anything, another load is tried, once."""
    for again in (seed, seed + 1):
        load = draw(again)
        run = run_daemon(load, directory / f"before-{again}", MIN_WORKERS, MAX_WORKERS)
        found = report(run, "--what-if", CHANGE)
        if is_a_test(of_run(run, found)):
            break
    return load, run, found


def _runs_with_one_more(load: Load, directory: Path, runs: int) -> list[Account]:
    """At the same time, for they mostly sleep. What a burst comes to depends on how soon after its begin the autoscaler
    looks, which it does each second: so the runs begin at different moments of that second."""

    def one(number: int) -> Account:
        later_seconds, place = number / runs, directory / f"after-{number}"
        run = run_daemon(load, place, MIN_WORKERS + 1, MAX_WORKERS + 1, later_seconds=later_seconds)
        return of_run(run, report(run))

    with ThreadPoolExecutor(runs) as threads:
        return list(threads.map(one, range(runs)))


def main(arguments: list[str]) -> int:
    """See above."""
    parser = ArgumentParser(prog="python -m chaos.what_if.run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="with the change")
    options, console = parser.parse_args(arguments), Console(width=100)
    with TemporaryDirectory(prefix="punctuald-what-if-") as name:
        load, as_it_is, found = _before(options.seed, Path(name))
        after = _runs_with_one_more(load, Path(name), options.runs)
    answer = found["what_if"]
    replays = {
        name: account(each["tiers"], each["worker_hours"] * 3600)
        for name, each in (("the replay of it", answer["replayed"]), ("predicted", answer["alternatives"][0]))
    }
    before = of_run(as_it_is, found)
    show({"before": before, **replays, **{f"with {CHANGE}, run {n}": each for n, each in enumerate(after, 1)}}, console)
    wrong = charges(before, replays["predicted"], after)
    console.print("\n".join(wrong) or "as predicted")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
