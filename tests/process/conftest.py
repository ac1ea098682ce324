"""A daemon for each test, on the run's one embedded SQS server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import UVLOOP, assert_ran_on, environment
from process.systemd import Systemd


@pytest.fixture
def event_loop_kind() -> str:
    """What workers run on; `on_both_loops` says otherwise."""
    return UVLOOP


@pytest.fixture
def daemon(tmp_path: Path, moto_endpoint: str, event_loop_kind: str) -> Iterator[DaemonUnderTest]:
    """Not started; killed with all its children at the end."""
    with surely_ended(DaemonUnderTest(tmp_path, moto_endpoint, environment(event_loop_kind))) as made:
        yield made
        assert_ran_on(made, event_loop_kind)


@pytest.fixture
def strict_daemon(tmp_path: Path, ministack_endpoint: str, event_loop_kind: str) -> Iterator[DaemonUnderTest]:
    """The same on ministack, which is the strict one about visibility timeouts."""
    with surely_ended(DaemonUnderTest(tmp_path, ministack_endpoint, environment(event_loop_kind))) as made:
        yield made
        assert_ran_on(made, event_loop_kind)


@pytest.fixture
def ordered_daemon(tmp_path: Path, moto_endpoint: str, event_loop_kind: str) -> Iterator[DaemonUnderTest]:
    """The same on a FIFO queue that takes a message away after three receives."""
    environ = environment(event_loop_kind)
    with surely_ended(DaemonUnderTest(tmp_path, moto_endpoint, environ, fifo=True, receives=3)) as made:
        yield made
        assert_ran_on(made, event_loop_kind)


@pytest.fixture
def burning_daemon(tmp_path: Path, ministack_endpoint: str, event_loop_kind: str) -> Iterator[DaemonUnderTest]:
    """On a queue that takes a message away after three receives, whether it was seen or not."""
    environ = environment(event_loop_kind)
    with surely_ended(DaemonUnderTest(tmp_path, ministack_endpoint, environ, receives=3)) as made:
        yield made
        assert_ran_on(made, event_loop_kind)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    """For a daemon that is started with its ``path`` as NOTIFY_SOCKET."""
    end = Systemd(tmp_path / "notify")
    yield end
    end.socket.close()


@contextmanager
def surely_ended(daemon: DaemonUnderTest) -> Iterator[DaemonUnderTest]:
    try:
        yield daemon
    finally:
        daemon.kill()
    assert daemon.leaks() == []
