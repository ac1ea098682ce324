from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.advice.finding import Level
from punctuald.policy.advice.mending import Address
from punctuald.policy.advice.visibility_advice import VisibilityFacts, visibility_findings

GOOD = VisibilityFacts(Address("orders"), "auto", own_seconds=30, p99_seconds=0.5, tightest_seconds=3.0)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"p99_seconds": None, "own_seconds": None}, []),
        ({"configured": 30}, []),
        ({"configured": 31}, ["visibility.long"]),  # "auto" would ask for 10 s
        ({"configured": 1800, "p99_seconds": 200.0, "own_seconds": 300}, []),
        ({"configured": 1801, "p99_seconds": 200.0, "own_seconds": 300}, ["visibility.long"]),
        ({"configured": 2700, "p99_seconds": None}, []),
        ({"configured": 2701, "p99_seconds": None}, ["visibility.long"]),
        ({"configured": 10}, []),
        ({"configured": 9}, ["visibility.short"]),
        ({"p99_seconds": 31.0}, ["visibility.of_the_queue"]),
        ({"own_seconds": 0, "p99_seconds": 31.0}, []),
    ],
)
def test_what_is_asked_for_is_held_against_what_it_takes(facts: dict[str, object], codes: list[str]) -> None:
    found = visibility_findings(replace(GOOD, **facts))  # type: ignore[arg-type]  # each case's own
    assert [finding.code for finding in found] == codes


def test_a_long_visibility_says_how_late_a_killed_workers_messages_come() -> None:
    [finding] = visibility_findings(replace(GOOD, configured=3_600, ordered=True))
    assert finding.consequence == (
        "what a killed worker had comes again after 1 h, where 3 s are allowed, and their groups wait behind them"
    )
    assert finding.mend == '[[queue]] name = "orders": visibility_seconds = "auto"'


def test_a_short_visibility_says_for_how_long_a_worker_may_stand_still() -> None:
    [finding] = visibility_findings(replace(GOOD, configured=2, p99_seconds=4.5))
    assert finding.consequence == (
        "a worker that stands still for 1 s loses its leases, and those messages are handled twice; "
        "1 % of them are renewed 4 times or more"
    )


def test_the_queues_own_is_for_others_and_so_only_to_know() -> None:
    [finding] = visibility_findings(replace(GOOD, p99_seconds=40.5))
    assert finding.level is Level.NOTE
    assert finding.mend == "punctuald queue tune orders --visibility-timeout 122"
