"""Which event loop the workers of a daemon under test run on: uvloop's, and for some tests asyncio's as well."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from process.daemon_under_test import DaemonUnderTest

UVLOOP, ASYNCIO = "uvloop", "asyncio.unix_events"
WITHOUT_UVLOOP = Path(__file__).parent / "without_uvloop"

on_both_loops = pytest.mark.parametrize("event_loop_kind", [UVLOOP, ASYNCIO], ids=["uvloop", "asyncio"])
"""Marks tests to be run on asyncio's own loop too, as where uvloop has no wheel."""


def environment(kind: str) -> Mapping[str, str]:
    """What a daemon has to be started with for its workers to run on that loop."""
    if kind == UVLOOP:
        return {}
    path = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": f"{WITHOUT_UVLOOP}{os.pathsep}{path}" if path else str(WITHOUT_UVLOOP)}


def assert_ran_on(daemon: DaemonUnderTest, kind: str) -> None:
    """Every worker says at its start what it runs on."""
    kinds = {event["kind"] for event in daemon.events("worker.event_loop")}
    assert kinds <= {kind}
    assert kinds or not daemon.events("process.ready", role="worker")
