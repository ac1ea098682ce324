"""What does a record cost the whole consumer, ours and others', on one stream of four shards, all in turn?

See docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from benchmarks.comparison.row import FAILURES
from benchmarks.comparison.scenes import ENDLESS, ONE_WORKER_CORES, SERVER_CORE
from benchmarks.drained.contestants import environ
from benchmarks.drained.progress import Span, throughput
from benchmarks.drained.row import Row, figures, show
from benchmarks.figures import Result
from benchmarks.kinesis.canned.records import records_up_to
from benchmarks.kinesis.canned.serve import canned_stream
from benchmarks.kinesis.contestants import BARE, BOTO3, CONTESTANTS, KCL, OURS, OURS_BATCH, Contestant, Place
from benchmarks.processes.consumer import running
from benchmarks.processes.cores import on_cores
from peers.kinesis.lease_rows import LeaseRows, text
from peers.kinesis.servers import Place as ServersPlace
from peers.kinesis.servers import Servers, servers
from peers.programs.maven import NotToBeHad
from punctuald.demo.servers import TEST_CREDENTIALS

NAME = "kinesis"
ROUNDS = 3
SPAN = Span(ENDLESS, warm_records=200_000, seconds=8.0)
"""Java has compiled by then what it compiles."""

GOALS = {(OURS, BARE): 0.3, (OURS, BOTO3): 1.0, (OURS, KCL): 3.0, (OURS_BATCH, BARE): 0.3, (OURS_BATCH, KCL): 3.0}


def run(directory: Path) -> Result:
    """About 5 minutes."""
    console = Console(width=118)
    try:
        with on_cores({SERVER_CORE}), servers(ServersPlace.ROTO) as tables, canned_stream(SERVER_CORE) as kinesis_url:
            return _measured(replace(tables, kinesis_url=kinesis_url), directory, console)
    except NotToBeHad as missing:
        return Result(NAME, [], note=f"not available: {missing}")


def _measured(running_servers: Servers, directory: Path, console: Console) -> Result:
    rows = {each.name: Row(each.name, each.versions) for each in CONTESTANTS}
    for number in range(ROUNDS):
        console.print(f"[dim]round {number + 1} of {ROUNDS} …[/dim]")
        for each in CONTESTANTS:
            application = f"{each.name}-{number}"
            place = Place(running_servers, application, directory / application)
            _attempt(rows[each.name], each, place)
    show("One stream, one core", list(rows.values()), console)
    return Result(NAME, list(figures(rows, GOALS)), {"rows": [asdict(row) for row in rows.values()]})


def _attempt(row: Row, contestant: Contestant, place: Place) -> None:
    """One failure must not end the run; who has failed is not tried again."""
    if row.failure:
        return
    place.directory.mkdir()
    log = place.directory / "output.log"
    count_done = _count_read(log) if contestant.is_loop else _count_checkpointed(place)
    work = {"BENCH_WORK": "trivial", **TEST_CREDENTIALS}
    try:
        with running([contestant.command(place)], environ(work), ONE_WORKER_CORES, log) as consumer:
            row.rounds.append(throughput(count_done, SPAN, consumer))
    except (*FAILURES, NotToBeHad) as error:
        row.failure = str(error) or type(error).__name__


def _count_read(log: Path) -> Callable[[], int]:
    def count() -> int:
        whole_lines = log.read_text().rpartition("\n")[0].splitlines()
        return int(whole_lines[-1]) if whole_lines else 0

    return count


def _count_checkpointed(place: Place) -> Callable[[], int]:
    rows = LeaseRows(place.servers, place.application)

    def count() -> int:
        return records_up_to([text(row, "checkpoint") for row in rows.leases().values()])

    return count
