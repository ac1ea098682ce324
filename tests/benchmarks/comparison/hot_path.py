"""The hot path: what does a message cost the whole daemon, ours and others', measured in the same run?

On the canned server, with three handlers and at light load; then a backlog on a real emulator. A contestant that can't
be installed or fails has a row that says so, and the others go on. See docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console

from benchmarks.comparison import emulator
from benchmarks.comparison.contestants import CONTESTANTS, FLOOR, OURS, Contestant
from benchmarks.comparison.row import Row
from benchmarks.comparison.scenes import CORES, QUICK, Effort, Scene, spin_rounds
from benchmarks.comparison.table import print_tables
from benchmarks.figures import Figure, Result

GOAL_PER_CPU_SECOND = 25_000
GOAL_OVER_BOTO3, GOAL_OVER_FANFERRO, GOAL_OF_FLOOR = 5.0, 1.5, 0.45
GOAL_REQUESTS = 0.21
CUT_CALLS = 10
TRIVIAL = {"BENCH_WORK": "trivial"}
GOAL_SLEEPING, GOAL_SPINNING = 0.97, 0.95


def run(directory: Path, *, quick: bool = False) -> Result:
    """About 8 minutes, quick about 3, and the peers' installation the first time; more on a busy machine."""
    console, effort = Console(width=118), QUICK if quick else Effort()
    if len(CORES) == 1:
        console.print("one core only: server and consumers share it, and no figure of speed means much")
    calibrated = spin_rounds()
    rows = [Row(each.name, each.slots, on_boto3=each.on_boto3) for each in CONTESTANTS]
    scenes = [_scene(row, each, directory, effort) for row, each in zip(rows, CONTESTANTS, strict=True)]
    installed = [(row, scene) for row, scene in zip(rows, scenes, strict=True) if scene is not None]
    _measure_in_turn(installed, effort.rounds, console)
    for row, scene in installed:
        console.print(f"[dim]{row.name} …[/dim]")
        _measure(row, scene, calibrated)
    print_tables(rows, console)
    raw = {"cores": CORES, "effort": asdict(effort), "spin_rounds": calibrated, "rows": [row.details() for row in rows]}
    return Result("hot_path", list(_claims({row.name: row for row in rows})), raw)


def _scene(row: Row, contestant: Contestant, parent: Path, effort: Effort) -> Scene | None:
    environment = row.attempt("installation", contestant.environment)
    if environment is None:
        return None
    directory = parent / contestant.name
    directory.mkdir()
    row.versions = environment.versions
    return Scene(contestant, environment, directory, effort)


def _measure_in_turn(installed: Sequence[tuple[Row, Scene]], rounds: int, console: Console) -> None:
    """What the ratios are made of. Other programs come and go by the minute: so all within one, and more than once."""
    for number in range(rounds):
        console.print(f"[dim]round {number + 1} of {rounds} …[/dim]")
        for row, scene in installed:
            row.rounds.append(row.attempt("one worker", partial(scene.throughput, TRIVIAL, 1)))


def _measure(row: Row, scene: Scene, rounds: int) -> None:
    row.two_workers = row.attempt("two workers", lambda: scene.throughput(TRIVIAL, 2))
    fauxqs = row.attempt("emulator", emulator.install)
    if fauxqs is not None:
        row.drain = row.attempt("backlog", lambda: emulator.drain(scene, fauxqs))
    if scene.contestant.works:
        spin = {"BENCH_WORK": "spin", "BENCH_SPIN_ROUNDS": str(rounds)}
        if scene.contestant.is_python:
            row.bare_loop = row.attempt("bare loop", lambda: scene.bare_loop(spin))
        row.spinning = row.attempt("1 ms of CPU", lambda: scene.throughput(spin, 1))
        row.sleeping = row.attempt("sleeping", lambda: scene.throughput({"BENCH_WORK": "sleep"}, 1))
        row.added_seconds = row.attempt("light load", scene.added_latency) or []


def _ratios(ours: Row, others: Sequence[Row]) -> Iterator[float]:
    """Our efficiency as a multiple of the best one of ``others``, round by round."""
    measured = [row.rounds for row in others if row.rounds]  # one that is not installed has none
    for own, *theirs in zip(ours.rounds, *measured, strict=True):
        best = max((window.messages_per_cpu_second for window in theirs if window is not None), default=None)
        if own is not None and best is not None:
            yield own.messages_per_cpu_second / best


def _claims(rows: dict[str, Row]) -> Iterator[Figure]:
    """What is promised of ours, as far as there is something to compare with."""
    ours = rows[OURS]
    if ours.one_worker is None:
        return
    yield Figure("messages per CPU-second", ours.one_worker.messages_per_cpu_second, at_least=GOAL_PER_CPU_SECOND)
    on_boto3 = [row for row in rows.values() if row.on_boto3]
    for name, others, goal in (
        ("times the best boto3-based consumer", on_boto3, GOAL_OVER_BOTO3),
        ("times fanferro", [rows["fanferro"]], GOAL_OVER_FANFERRO),
        (f"times {FLOOR}", [rows[FLOOR]], GOAL_OF_FLOOR),
    ):
        if ratios := list(_ratios(ours, others)):
            yield Figure(name, median(ratios), at_least=goal)
    requests = ours.one_worker.requests_per_message
    yield Figure("requests per message", requests, at_most=GOAL_REQUESTS)
    peers = [row.one_worker for name, row in rows.items() if name not in {OURS, FLOOR} and row.one_worker]
    if peers:
        fewest = min(window.requests_per_message for window in peers)
        # 0.2 is the least that SQS allows. Calls whose messages fall out of the window at its ends are the error.
        name, error = "requests per message / the fewest of a peer's", CUT_CALLS / ours.one_worker.requests
        yield Figure(name, requests / fewest, at_most=1.0, error=error)
    if (share := ours.sleeping_share) is not None:
        yield Figure("sleeping handler, of slots / sleep", share, at_least=GOAL_SLEEPING)
    if (share := ours.spinning_share) is not None:
        yield Figure("1 ms of CPU, of the bare loop", share, at_least=GOAL_SPINNING)
    if (share := ours.spinning_cpu_share) is not None:
        yield Figure("1 ms of CPU, of the bare loop, by CPU time", share, at_least=GOAL_SPINNING)
