"""The real daemon against SQS servers that are not ours: by the ledger, as far as one can see from outside, nothing is
lost, deleted unhandled, handled twice without need, out of order, or dead-lettered unseen.

What each server gets wrong, and what is left out for that, stands in `servers.py`. Each row is printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from peers.programs.maven import NotToBeHad
from peers.scenarios import ALL
from peers.servers import NAMES, is_run_on
from punctuald.demo import tethered

TETHERED = (sys.executable, "-P", tethered.__file__)
KEPT = Path(__file__).parents[2] / "build" / "peers"
JOB_SECONDS = 90.0
AT_ONCE = 3
"""Scenarios mostly wait."""


class Job(NamedTuple):
    """One run."""

    server: str
    scenario: str
    transport: str

    def __str__(self) -> str:
        return " ".join(self)


JOBS = [
    Job(server, scenario.name, transport)
    for scenario in ALL
    for transport in ("fast", "boto3")
    for server in NAMES
    if is_run_on(server, scenario)
]

Rows = Mapping[Job, Future[Mapping[str, Any]] | NotToBeHad]


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest, endpoint_of: Callable[[str], str]) -> Iterator[Rows]:
    """All jobs that were selected, begun together."""
    selected = [item.callspec.params.get("job") for item in request.session.items if hasattr(item, "callspec")]
    with ThreadPoolExecutor(AT_ONCE) as executor:
        rows: dict[Job, Future[Mapping[str, Any]] | NotToBeHad] = {}
        for job in [job for job in JOBS if job in selected]:
            try:
                rows[job] = executor.submit(run, job, endpoint_of(job.server))
            except NotToBeHad as missing:
                rows[job] = missing
        yield rows
        executor.shutdown(cancel_futures=True)


def run(job: Job, endpoint_url: str) -> Mapping[str, Any]:
    """In a process of its own, because a daemon under test is tied to the main thread of who starts it."""
    kept = KEPT / "-".join(job)
    command = [*TETHERED, str(os.getpid()), "peers.run_one", job.server, endpoint_url, job.scenario, job.transport]
    done = subprocess.run([*command, str(kept)], capture_output=True, timeout=JOB_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-4_000:]
    row: Mapping[str, Any] = orjson.loads(done.stdout)
    return {**row, "kept": str(kept) if row["charges"] else ""}


@pytest.mark.parametrize("job", JOBS, ids=str)
def test_no_charge_stands(job: Job, rows: Rows, capsys: pytest.CaptureFixture[str]) -> None:
    future = rows[job]
    if isinstance(future, NotToBeHad):
        pytest.skip(f"{job.server}: {future}")
    row = future.result()
    with capsys.disabled():
        print(f"\n{job.server:10} {job.scenario:20} {job.transport:6} {described(row)}", end=" ")  # noqa: T201
    assert row["sent"] >= 40
    assert row["handled"] + row["dead_lettered"] == row["sent"]
    assert row["charges"] == {}, (row["examples"], row["kept"])


def described(row: Mapping[str, Any]) -> str:
    """One line."""
    numbers = ("sent", "handled", "dead_lettered", "left", "again")
    charges = ", ".join(f"{count} {kind}" for kind, count in row["charges"].items()) or "clean"
    counts = "  ".join(f"{name} {row[name]:3}" for name in numbers)
    return f"{row['seconds']:5.1f} s  {counts}  {charges}"
