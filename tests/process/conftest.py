"""A daemon for each test, on the run's one embedded SQS server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from process.daemon_under_test import DaemonUnderTest


@pytest.fixture
def daemon(tmp_path: Path, moto_endpoint: str) -> Iterator[DaemonUnderTest]:
    """Not started; killed with all its children at the end."""
    with surely_ended(DaemonUnderTest(tmp_path, moto_endpoint)) as made:
        yield made


@pytest.fixture
def strict_daemon(tmp_path: Path, ministack_endpoint: str) -> Iterator[DaemonUnderTest]:
    """The same on ministack, which is the strict one about visibility timeouts."""
    with surely_ended(DaemonUnderTest(tmp_path, ministack_endpoint)) as made:
        yield made


@contextmanager
def surely_ended(daemon: DaemonUnderTest) -> Iterator[DaemonUnderTest]:
    try:
        yield daemon
    finally:
        daemon.kill()
