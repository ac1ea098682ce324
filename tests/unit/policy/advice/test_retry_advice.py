from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.advice.finding import Level
from punctuald.policy.advice.mending import Address
from punctuald.policy.advice.retry_advice import RetryFacts, retry_findings

DAY = 86_400.0
GOOD = RetryFacts(
    kind="queue",
    address=Address("orders"),
    tries=10,
    initial_seconds=1.0,
    longest_seconds=900.0,
    retention_seconds=4 * DAY,
)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"tries": None}, []),
        ({"tries": 1}, []),  # no try follows, whatever the wait would be
        ({"tries": 5}, ["retry.short"]),
        ({"tries": 5, "has_down_on": True}, []),
        ({"tries": 5, "initial_seconds": 4.0}, []),  # 4 + 8 + 16 + 32
        ({"limit_seconds": 59.0}, ["retry.short"]),
        ({"tries": 1_000}, ["retry.outlives_retention"]),
        ({"tries": 300, "retention_seconds": None}, []),
        ({"tries": 20, "ordered": True}, ["retry.group_waits"]),
        ({"tries": 20}, []),
        ({"tries": 13, "ordered": True}, []),
        ({"tries": 2**31 - 1}, ["retry.outlives_retention"]),
    ],
)
def test_tries_are_held_against_outages_retention_and_groups(facts: dict[str, object], codes: list[str]) -> None:
    found = retry_findings(replace(GOOD, **facts))  # type: ignore[arg-type]  # each case's own
    assert [finding.code for finding in found] == codes


def test_a_short_outage_says_how_short_and_what_would_do() -> None:
    [finding] = retry_findings(replace(GOOD, tries=5))
    assert finding.level is Level.NOTE
    assert finding.text == "what fails 5 times is dead-lettered 15 s after its first try"
    assert finding.mend == '[[queue]] name = "orders": retry_initial_seconds = 20, or down_on = ["…"]'
    assert retry_findings(replace(GOOD, tries=5, initial_seconds=20.0)) == []


def test_what_expires_before_its_last_try_is_lost() -> None:
    [finding] = retry_findings(replace(GOOD, tries=20, retention_seconds=7_200.0))
    assert finding.level is Level.WARNING
    assert "it is lost, and not dead-lettered" in finding.line
    assert finding.mend == "punctuald queue tune orders --max-receive-count 10"
