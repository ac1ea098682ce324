from __future__ import annotations

from typing import Any

import pytest

from doubles.process.status_of_a_daemon import status_of
from punctuald.doctor.measured import SourceState, daemon_state


def test_a_status_says_how_long_handlers_take_by_tier() -> None:
    state = daemon_state(status_of("orders", "peak", pid=7, p99_seconds=0.25))
    assert state.p99_seconds("orders", ["peak", "idle"]) == 0.25
    assert state.p99_seconds("orders", ["idle"]) is None
    assert state.p99_seconds("orders", ["another"]) is None


def test_a_tier_in_which_nothing_was_handled_is_not_one_of_no_time() -> None:
    assert daemon_state(status_of("orders", "peak", pid=7, p99_seconds=None)).p99_seconds("orders", ["peak"]) is None


def test_workers_that_are_not_there_have_no_size() -> None:
    state = daemon_state(status_of("orders", "peak", pid=7, pss_bytes=None))
    assert (state.pid, state.worker_pids, state.pss_bytes) == (7, (7,), ())


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, SourceState("available")),
        ({"head_age_seconds": 90}, SourceState("available", backlog_age_seconds=90.0)),
        ({"state": "unavailable", "text": "denied"}, SourceState("unavailable", "denied")),
        ({"arrivals_per_second": 0.0}, SourceState("available", arrivals_per_second=0.0)),
        ({"received_per_second": 2.5}, SourceState("available", has_received=True)),
        ({"received_per_second": 0.0}, SourceState("available")),
    ],
)
def test_a_status_says_how_each_source_does(fields: dict[str, Any], state: SourceState) -> None:
    assert daemon_state(status_of("orders", "peak", pid=7, **fields)).sources == {"orders": state}


@pytest.mark.parametrize("document", [{}, {"error": "unknown"}, {"workers": None}, {"workers": [], "pid": None}])
def test_what_is_no_status_is_refused(document: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        daemon_state(document)
