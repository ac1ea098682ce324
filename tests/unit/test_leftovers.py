"""The guard over the whole run finds what got away, and only that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from leftovers import MARKER, Leftovers

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
LEAVES_ONE_BEHIND = f"""
from subprocess import DEVNULL, Popen
print(Popen({SLEEP!r}, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True).pid)
"""


@pytest.fixture
def leftovers(monkeypatch: pytest.MonkeyPatch) -> Leftovers:
    monkeypatch.setenv(MARKER, os.environ[MARKER])  # so that the run's own mark is put back
    return Leftovers()


def pids(leftovers: Leftovers) -> list[int]:
    return [process.pid for process in leftovers.found()]


def test_a_process_that_lost_its_parent_and_left_its_session_is_found_and_ended(leftovers: Leftovers) -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES_ONE_BEHIND], capture_output=True, text=True, check=True)
    orphan = psutil.Process(int(done.stdout))
    assert orphan.ppid() != os.getpid()
    assert pids(leftovers) == [orphan.pid]
    assert f"{orphan.pid} (sleeping)" in leftovers.end(grace_seconds=0)[0]
    psutil.wait_procs([orphan], timeout=10)
    assert pids(leftovers) == []


def test_a_child_without_the_mark_in_its_environment_is_found(leftovers: Leftovers) -> None:
    with subprocess.Popen(SLEEP, env={}) as child:
        assert pids(leftovers) == [child.pid]
        child.send_signal(signal.SIGKILL)


def test_what_ends_by_itself_in_a_moment_was_not_left_behind(leftovers: Leftovers) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]):
        assert leftovers.end() == []


def test_what_was_there_before_is_none_of_its_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARKER, os.environ[MARKER])
    with subprocess.Popen(SLEEP) as older:
        assert pids(Leftovers()) == []
        older.kill()
