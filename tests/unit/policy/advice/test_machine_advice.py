from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.advice.finding import Level
from punctuald.policy.advice.machine_advice import MachineFacts, machine_findings

MIB = 1 << 20
GOOD = MachineFacts(
    max_workers=8,
    workers=2,
    reserve_bytes=256 * MIB,
    worker_bytes=50 * MIB,
    available_bytes=1_024 * MIB,
    worker_tasks=8,
    available_tasks=100,
    open_descriptors=40,
    descriptor_limit=1_024,
    supervisor_descriptors=56,
    ahead_seconds=0.4,
)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"available_bytes": None, "available_tasks": None, "descriptor_limit": None, "ahead_seconds": None}, []),
        ({"available_bytes": 556 * MIB}, []),  # 300 MiB for six more
        ({"available_bytes": 555 * MIB}, ["memory.workers"]),
        ({"available_bytes": 100 * MIB}, ["memory.workers"]),
        ({"worker_bytes": None, "worker_tasks": None}, ["memory.unknown"]),
        ({"available_tasks": 56}, []),  # six more, and one while one is replaced
        ({"available_tasks": 55}, ["tasks.limit"]),
        ({"open_descriptors": 819}, []),
        ({"open_descriptors": 820}, ["descriptors.worker"]),
        ({"descriptor_limit": 55}, ["descriptors.supervisor"]),
        ({"ahead_seconds": -1.9}, []),
        ({"ahead_seconds": -2.0}, ["clock.skewed"]),
        ({"ahead_seconds": 3_600.0}, ["clock.skewed"]),
    ],
)
def test_what_the_machine_gives_is_held_against_all_workers(facts: dict[str, object], codes: list[str]) -> None:
    found = machine_findings(replace(GOOD, **facts))  # type: ignore[arg-type]  # each case's own
    assert [finding.code for finding in found] == codes


def test_memory_says_how_many_workers_fit_and_what_is_missing() -> None:
    [finding] = machine_findings(replace(GOOD, available_bytes=400 * MIB))
    assert finding.consequence == ("the pool stops at 4 workers (memory_reserve_mb = 256 is left); 200 MiB are missing")
    assert finding.mend.startswith("[pool] max_workers = 4")


def test_a_reserve_that_is_touched_leaves_a_worker_all_the_same() -> None:
    [finding] = machine_findings(replace(GOOD, available_bytes=0))
    assert "the pool stops at 1 worker " in finding.consequence


@pytest.mark.parametrize(
    ("ahead_seconds", "boto3", "level", "text"),
    [
        (-30.0, False, Level.WARNING, "this machine's clock is 30 s ahead of AWS's"),
        (600.0, False, Level.WARNING, "this machine's clock is 10 min behind AWS's"),
        (600.0, True, Level.ERROR, "this machine's clock is 10 min behind AWS's"),
    ],
)
def test_a_wrong_clock_is_an_error_where_signatures_go_by_it(
    ahead_seconds: float, boto3: bool, level: Level, text: str
) -> None:
    [finding] = machine_findings(replace(GOOD, ahead_seconds=ahead_seconds, needs_right_clock=boto3))
    assert (finding.level, finding.text, finding.mend) == (level, text, "timedatectl set-ntp true")


def test_why_memory_is_not_known_is_said() -> None:
    [running] = machine_findings(replace(GOOD, worker_bytes=None))
    [stopped] = machine_findings(MachineFacts(max_workers=8, silence="no daemon answers"))
    assert "another user's" in running.text
    assert "no daemon answers" in stopped.text
