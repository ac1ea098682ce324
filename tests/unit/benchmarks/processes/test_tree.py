"""A contestant is all its processes: they stop together, go on together, and their CPU time is added up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from benchmarks.processes.proc import ProcessStat, cpu_seconds, parse_stat, thread_states
from benchmarks.processes.tree import ProcessTree, members

GIVE_UP_SECONDS = 20.0
BURN = """
import os, sys, threading, time
def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
"""
# A child that stays, a child that ends and is reaped, a thread that ends: and then something that goes on.
FAMILY = """
if os.fork() == 0:
    time.sleep(60)
if (child := os.fork()) == 0:
    burn(0.1)
    os._exit(0)
os.waitpid(child, 0)
thread = threading.Thread(target=burn, args=(0.1,))
thread.start()
thread.join()
print("ready", flush=True)
while True:
    print("on", flush=True)
    time.sleep(0.001)
"""


def stat(*, parent: int = 1, session: int = 1, start: int = 0) -> ProcessStat:
    return ProcessStat("S", parent, session, 0, start)


@pytest.fixture
def family() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", BURN + FAMILY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        while process.stdout.readline() != b"ready\n":
            assert process.poll() is None
        yield process
        ProcessTree([process.pid]).kill()


def test_a_stat_line_is_read_whatever_the_process_calls_itself() -> None:
    rest = "S 41 42 43 0 -1 4194304 1 2 3 4 100 50 7 8 20 0 9 0 123456 0 0"

    assert parse_stat(f"99 (a) b (c)) {rest}\n") == ProcessStat("S", 41, 43, 15, 123456)


def test_a_tree_is_the_root_its_descendants_and_its_session() -> None:
    processes = {
        10: stat(parent=1, session=10, start=1),
        11: stat(parent=10, session=10, start=2),
        5: stat(parent=11, session=5, start=3),  # in a session of its own, with a pid that came round again
        12: stat(parent=1, session=10, start=4),  # its parent is gone
        13: stat(parent=1, session=13, start=5),  # a stranger
    }

    assert members(processes, [10]) == [10, 11, 5, 12]


def test_cpu_time_includes_ended_threads_and_reaped_children(family: subprocess.Popen[bytes]) -> None:
    assert cpu_seconds([family.pid]) >= 0.19  # a reaped child's is told in ticks of 10 ms


def test_a_process_that_is_gone_has_no_cpu_time() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    assert cpu_seconds([gone.pid]) == 0.0


def test_a_stopped_tree_takes_no_cpu_time_until_it_goes_on(family: subprocess.Popen[bytes]) -> None:
    tree = ProcessTree([family.pid])
    tree.stop()
    pids, stopped_at = tree.pids(), tree.cpu_seconds()

    assert len(pids) == 2
    assert all(set(thread_states(pid)) == {"T"} for pid in pids)
    time.sleep(0.05)
    assert tree.cpu_seconds() == stopped_at

    tree.go_on()
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while tree.cpu_seconds() == stopped_at:
        assert time.monotonic() < give_up
        os.read(family.stdout.fileno(), 65_536)  # type: ignore[union-attr]  # it is a pipe


def test_killing_a_stopped_tree_leaves_nobody(family: subprocess.Popen[bytes]) -> None:
    tree = ProcessTree([family.pid])
    tree.stop()
    tree.kill()
    family.wait()
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while tree.pids():
        assert time.monotonic() < give_up
        time.sleep(0.01)
