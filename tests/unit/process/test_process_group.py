"""Processes by their group."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from punctuald.process.process_group import has_members, names_of_members, signal_child, signal_group

PATIENCE_SECONDS = 20.0
LEADER = """
import subprocess, sys
print(*(subprocess.Popen(["sleep", "97530"]).pid for _ in range(2)), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def leader() -> Iterator[subprocess.Popen[str]]:
    """Of a group with two that sleep; it ends when its standard input does."""
    command = [sys.executable, "-c", LEADER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        signal_group(process.pid, signal.SIGKILL)


def wait_until_empty(group: int) -> bool:
    """Of live processes: what has ended waits for whoever is to reap it."""
    give_up_mono = time.monotonic() + PATIENCE_SECONDS
    while names_of_members(group) and time.monotonic() < give_up_mono:
        time.sleep(0.01)
    return not names_of_members(group)


def test_who_is_left_when_the_leader_is_gone_is_named_and_signalled(leader: subprocess.Popen[str]) -> None:
    assert leader.stdin is not None
    leader.stdin.close()
    leader.wait(PATIENCE_SECONDS)
    assert has_members(leader.pid)
    assert names_of_members(leader.pid) == ["sleep", "sleep"]
    signal_group(leader.pid, signal.SIGTERM)
    assert wait_until_empty(leader.pid)
    assert names_of_members(leader.pid) == []
    signal_group(leader.pid, signal.SIGTERM)  # nobody is left, and nothing happens


def test_a_group_whose_leader_lives_is_somebody_elses(leader: subprocess.Popen[str]) -> None:
    assert has_members(leader.pid)
    assert names_of_members(leader.pid) == []


def test_a_name_may_hold_whatever_a_process_calls_itself() -> None:
    script = "import ctypes, signal; ctypes.CDLL(None).prctl(15, b') R 1 (odd'); print(flush=True); signal.pause()"
    process = subprocess.Popen(
        ["sh", "-c", f'{sys.executable} -c "{script}" & exec sleep 0'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        process.wait(PATIENCE_SECONDS)
        assert names_of_members(process.pid) == [") R 1 (odd"]
        signal_group(process.pid, signal.SIGKILL)


def test_a_child_that_leads_no_group_yet_is_signalled_itself() -> None:
    with subprocess.Popen(["sleep", "97530"]) as process:
        signal_child(process.pid, signal.SIGKILL)
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        signal_child(process.pid, signal.SIGKILL)  # it is gone, and nothing happens
