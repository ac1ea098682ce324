"""A few short scenarios of `make chaos`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from chaos.run import Row, run_one
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


@pytest.fixture(scope="module")
def rows() -> Mapping[str, Row]:
    """All at once: they mostly wait."""
    end_mono = time.monotonic() + PATIENCE_SECONDS
    with ThreadPoolExecutor(len(SHORT)) as executor:
        jobs = [executor.submit(run_one, name, variant, LOAD_SECONDS, end_mono) for name, variant in SHORT.items()]
        return {row.name: row for row in (job.result() for job in jobs)}


@pytest.mark.parametrize("name", list(SHORT))
def test_no_charge_stands_after_a_scenario(name: str, rows: Mapping[str, Row]) -> None:
    report = rows[name].report
    assert report is not None, rows[name].failure
    assert report["sent"] >= 60
    assert report["charges"] == {}
