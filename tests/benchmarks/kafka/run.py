"""What does a record cost the whole consumer, ours and others', on one real Apache Kafka, all in turn?

And how many records of one partition does a handler of 50 ms get through, with 64 keys? See docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from benchmarks.comparison.row import FAILURES
from benchmarks.comparison.scenes import ONE_WORKER_CORES, SERVER_CORE
from benchmarks.drained.contestants import TRIVIAL, environ
from benchmarks.drained.progress import Span
from benchmarks.drained.row import Row, figures, show
from benchmarks.figures import Figure, Result
from benchmarks.kafka import backlog
from benchmarks.kafka.contestants import (
    BATCHES,
    CONTESTANTS,
    OURS,
    OURS_BATCH,
    POLLS,
    Contestant,
    Place,
    app,
    daemon,
)
from benchmarks.kafka.progress import Course, throughput
from benchmarks.processes.consumer import running
from benchmarks.processes.cores import on_cores
from peers.kafka.server import KafkaServer
from peers.programs.maven import NotToBeHad

ROUNDS = 3
PARTITIONS, RECORDS, WARM_RECORDS, SECONDS = 4, 800_000, 1_000, 8.0
SLOW_TOPIC, SLOW_KEYS, SLOW_RECORDS, SLOW_SECONDS = "slow", 64, 20_000, 6.0
KEYS = 10_000
"""As of so many devices. Of a key one record is in a handler at a time, so with a few keys a batch of 500 has a few."""

SLEEP_SECONDS = 0.05
GOALS = {(OURS, POLLS): 1.0, (OURS, BATCHES): 0.25, (OURS_BATCH, BATCHES): 0.6, (OURS, "faust"): 3.0}
GOAL_OF_ONE_AT_A_TIME = 10.0
SLEEP = {"BENCH_WORK": "sleep", "BENCH_SLEEP_SECONDS": str(SLEEP_SECONDS)}
SLEEPERS: Sequence[Contestant] = (
    Contestant("one at a time", app("polls_app")),
    Contestant("punctuald, 64 slots", daemon(TRIVIAL, pool=f"slots = {SLOW_KEYS}"), is_ours=True),
)


def run(directory: Path) -> Result:
    """About 4 minutes; more for the first time, when Kafka and Faust are fetched."""
    console = Console(width=118)
    try:
        with on_cores({SERVER_CORE}), KafkaServer(directory / "kafka") as kafka:
            return _measured(kafka, directory, console)
    except NotToBeHad as missing:
        return Result("kafka", [], note=f"not available: Apache Kafka: {missing}")


def _measured(kafka: KafkaServer, directory: Path, console: Console) -> Result:
    console.print(f"[dim]{RECORDS:,} records …[/dim]")
    backlog.make(kafka, "events", PARTITIONS, RECORDS, KEYS)
    backlog.make(kafka, SLOW_TOPIC, 1, SLOW_RECORDS, SLOW_KEYS)
    rows = {each.name: Row(each.name) for each in (*CONTESTANTS, *SLEEPERS)}
    course = Course("", "events", PARTITIONS, Span(RECORDS, WARM_RECORDS, SECONDS))
    for number in range(ROUNDS):
        console.print(f"[dim]round {number + 1} of {ROUNDS} …[/dim]")
        for each in CONTESTANTS:
            _attempt(rows[each.name], each, kafka, course, {"BENCH_WORK": "trivial"}, directory)
    slow = Course("", SLOW_TOPIC, 1, Span(SLOW_RECORDS, 0, SLOW_SECONDS))
    for each in SLEEPERS:
        _attempt(rows[each.name], each, kafka, slow, SLEEP, directory)
    show("One Apache Kafka, one core", list(rows.values()), console)
    return Result("kafka", list(_figures(rows)), {"rows": [asdict(row) for row in rows.values()]})


def _attempt(
    row: Row, contestant: Contestant, kafka: KafkaServer, course: Course, work: Mapping[str, str], directory: Path
) -> None:
    """One failure must not end the run; who has failed is not tried again."""
    if row.failure:
        return
    group = f"{contestant.name}-{len(row.rounds)}".replace(" ", "-").replace(",", "")
    place = Place(kafka.bootstrap(), course.topic, group, directory / group)
    place.directory.mkdir()
    # So that it begins there, whatever it thinks of groups that have not committed yet.
    kafka.alter_commits(group, course.topic, dict.fromkeys(range(course.partitions), 0))
    try:
        environment = contestant.environment()
        row.versions = environment.versions
        command = contestant.command(environment, place)
        with running([command], environ(work), ONE_WORKER_CORES, place.directory / "output.log") as consumer:
            row.rounds.append(throughput(kafka, replace(course, group=group), consumer))
    except FAILURES as error:
        row.failure = str(error) or type(error).__name__


def _figures(rows: Mapping[str, Row]) -> Iterator[Figure]:
    """Ratios of what was measured, and what is only told."""
    sleepers = {each.name for each in SLEEPERS}
    yield from figures({name: row for name, row in rows.items() if name not in sleepers}, GOALS)
    lone, many = (rows[each.name] for each in SLEEPERS)
    if lone.rounds:
        yield Figure("50 ms, one partition: one at a time", lone.per_second(), "records/s")
    if many.rounds:
        yield Figure("50 ms, one partition, 64 keys: punctuald", many.per_second(), "records/s")
        yield Figure("of 64 slots / 50 ms", many.per_second() * SLEEP_SECONDS / SLOW_KEYS)
    if lone.rounds and many.rounds:
        times = many.per_second() / lone.per_second()
        yield Figure("punctuald, times one at a time", times, at_least=GOAL_OF_ONE_AT_A_TIME)
