from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.advice.finding import Level
from punctuald.policy.advice.handling_advice import HandlingFacts, handling_findings, handling_unknown

GOOD = HandlingFacts(
    kind="queue",
    name="orders",
    p99_seconds=0.5,
    time_limit_seconds=300,
    drain_timeout_seconds=30,
    thresholds={"peak": 3.0, "night": 60.0},
)


def test_of_a_handler_that_is_quick_enough_nothing_is_said() -> None:
    assert handling_findings(GOOD) == []


def test_of_a_handler_that_nobody_measured_nothing_is_said_but_that() -> None:
    assert handling_findings(replace(GOOD, p99_seconds=None, time_limit_seconds=0.1)) == []
    finding = handling_unknown(["orders", "bills"], "no daemon answers")
    assert finding.level is Level.NOTE
    assert finding.text == "how long handlers take is not known of orders, bills: no daemon answers"


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"p99_seconds": 2.9}, []),
        ({"p99_seconds": 3.5}, ["handling.longer_than_the_tier"]),
        ({"p99_seconds": 61.0}, ["handling.longer_than_a_stop"] + 2 * ["handling.longer_than_the_tier"]),
        ({"time_limit_seconds": 0.7}, []),
        ({"time_limit_seconds": 0.625}, ["handling.near_its_limit"]),
        ({"drain_timeout_seconds": 0.0}, ["handling.longer_than_a_stop"]),
        ({"rate_limit": 20.0, "arrivals_per_second": 20.0}, []),
        ({"rate_limit": 20.0}, []),
        ({"arrivals_per_second": 2_000.0}, []),
        ({"rate_limit": 20.0, "arrivals_per_second": 21.0}, ["handling.slower_than_arrivals"]),
    ],
)
def test_the_slowest_messages_are_held_against_limits_stops_and_tiers(
    facts: dict[str, float], codes: list[str]
) -> None:
    found = handling_findings(replace(GOOD, **facts))  # type: ignore[arg-type]  # each case's own
    assert [finding.code for finding in found] == codes
    assert all(finding.level is Level.WARNING for finding in found)


def test_a_limit_says_what_it_costs_and_where_it_stands() -> None:
    near = replace(GOOD, time_limit_seconds=0.6)
    [function], [coroutine] = handling_findings(near), handling_findings(replace(near, is_coroutine=True))
    assert "costs its worker, which is replaced" in function.consequence
    assert "is cancelled" in coroutine.consequence
    assert function.mend == '[[queue]] name = "orders": time_limit_seconds = 2'


def test_a_rate_that_is_too_low_says_how_the_backlog_grows() -> None:
    facts = replace(GOOD, rate_limit=20.0, arrivals_per_second=22.5, p99_seconds=None)
    [finding] = handling_findings(facts)
    assert finding.text == "22.5 messages a second come, and rate_limit lets 20 a second start"
    assert finding.consequence == "its backlog grows by 9,000 messages an hour while that lasts"


def test_a_limit_is_not_raised_beyond_what_sqs_allows() -> None:
    facts = replace(GOOD, p99_seconds=40_000.0, time_limit_seconds=43_200, drain_timeout_seconds=43_200, thresholds={})
    [finding] = handling_findings(facts)
    assert finding.mend.endswith("time_limit_seconds = 43200")
