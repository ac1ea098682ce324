"""A few short scenarios of `make chaos`, and the table of what the present engine is known to do wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from _pytest.mark import ParameterSet

from chaos.ledger.verdict import ChargeKind
from chaos.run import Row, run_one
from chaos.scenarios.catalogue import SCENARIOS
from chaos.scenarios.expected import EXPECTED, unexpected
from chaos.scenarios.runner import Variant

LOAD_SECONDS = 1.0
PATIENCE_SECONDS = 60.0
"""Only a failing test waits so long."""
SHORT = {
    "steady": Variant("fast", tls=True),
    "fifo_faults": Variant("boto3"),
    "stop_one_receive": Variant("fast"),
    "fifo_failing_head": Variant("fast"),
}


def _params() -> Iterator[ParameterSet]:
    """What is known to fail is an xfail: strictly, so that whoever mends it takes its entry out of the table."""
    for name in SHORT:
        known = [entry.reason for entry in EXPECTED.get(name, ()) if entry.always]
        marks = [pytest.mark.xfail(reason="; ".join(known), strict=True, raises=AssertionError)] if known else []
        yield pytest.param(name, marks=marks, id=name)


@pytest.fixture(scope="module")
def rows() -> Mapping[str, Row]:
    """All at once: they mostly wait."""
    end_mono = time.monotonic() + PATIENCE_SECONDS
    with ThreadPoolExecutor(len(SHORT)) as executor:
        jobs = [executor.submit(run_one, name, variant, LOAD_SECONDS, end_mono) for name, variant in SHORT.items()]
        return {row.name: row for row in (job.result() for job in jobs)}


@pytest.mark.parametrize("name", list(_params()))
def test_no_charge_stands_after_a_scenario(name: str, rows: Mapping[str, Row]) -> None:
    report = rows[name].report
    if report is None:  # no AssertionError, which would pass for the failure that is expected
        raise RuntimeError(rows[name].failure)
    assert report["sent"] >= 60
    assert report["charges"] == {}


def test_a_charge_that_the_table_does_not_know_is_wrong() -> None:
    assert unexpected("steady", {ChargeKind.LOST}) == ["charged: lost"]


def test_a_known_charge_is_as_expected_and_its_absence_is_not() -> None:
    assert unexpected("recycling", {ChargeKind.DEAD_LETTERED_UNSEEN}) == []
    assert unexpected("recycling", set()) == ["no longer charged, remove it from expected.py: dead-lettered unseen"]


def test_the_table_names_scenarios_that_there_are() -> None:
    assert EXPECTED.keys() <= SCENARIOS.keys()
