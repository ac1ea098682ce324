"""A few short scenarios of `make chaos`, and the table of what the present engine is known to do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.ledger.verdict import ChargeKind
from chaos.scenarios.catalogue import SCENARIOS
from chaos.scenarios.expected import EXPECTED, unexpected
from chaos.scenarios.perform import Way, perform
from chaos.scenarios.play import shortened

LOAD_SECONDS = 1.0
PLAYED = {
    "steady": Way("fast", tls=True),
    "fifo_faults": Way("boto3"),
    "stop_one_receive": Way("fast"),
    "fifo_failing_head": Way("fast"),
}


def _params() -> Iterator[object]:
    """What is known to fail is an xfail: strictly, so that whoever mends it takes its entry out of the table."""
    for name, way in PLAYED.items():
        known = [entry.reason for entry in EXPECTED.get(name, ()) if entry.always]
        marks = [pytest.mark.xfail(reason="; ".join(known), strict=True, raises=AssertionError)] if known else []
        yield pytest.param(name, way, marks=marks, id=name)


@pytest.mark.parametrize(("name", "way"), _params())
def test_no_charge_stands_after_a_scenario(name: str, way: Way, tmp_path: Path) -> None:
    outcome = perform(shortened(SCENARIOS[name], LOAD_SECONDS), way, tmp_path)
    assert outcome.verdict.sent >= 60
    assert outcome.charges == []


def test_a_charge_that_the_table_does_not_know_is_wrong() -> None:
    assert unexpected("steady", {ChargeKind.LOST}) == ["charged: lost"]


def test_a_known_charge_is_as_expected_and_its_absence_is_not() -> None:
    assert unexpected("recycling", {ChargeKind.DEAD_LETTERED_UNSEEN}) == []
    assert unexpected("recycling", set()) == ["no longer charged, remove it from expected.py: dead-lettered unseen"]


def test_the_table_names_scenarios_that_there_are() -> None:
    assert EXPECTED.keys() <= SCENARIOS.keys()
