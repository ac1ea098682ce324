"""`punctuald top` in a terminal of tmux's, on a daemon that has a control socket."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.terminal.watched_daemon import WatchedDaemon


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shutil.which("tmux") is None:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="tmux is not installed (apt-get install tmux)"))


@pytest.fixture
def watched(daemon: DaemonUnderTest) -> Iterator[WatchedDaemon]:
    """Not started."""
    with TemporaryDirectory(prefix="run-") as runtime:  # short: a socket's path has 107 bytes
        yield WatchedDaemon(daemon, Path(runtime))
        daemon.kill()
