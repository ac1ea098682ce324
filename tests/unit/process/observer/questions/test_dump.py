"""Stacks of real processes, whatever they hang in, and of none that they would end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from doubles.process.remembered_reply import RememberedReply
from punctuald.clock import SystemClock
from punctuald.process.observer.questions.dump import DUMP_SECONDS, Dump

PATIENCE_SECONDS = 20.0
HEAD = """
import os, signal, sys, time
from punctuald.process import fault_stacks
fault_stacks.show_when_signalled()
def ready():
    print("ready", flush=True)
"""
LOOPS = "def hangs_in_python():\n    ready()\n    while True:\n        pass\nhangs_in_python()\n"
SLEEPS = "def hangs_in_a_call():\n    ready()\n    time.sleep(600)\nhangs_in_a_call()\n"
HOLDS_THE_LOCK = (
    "import ctypes\n"
    "def hangs_in_c():\n"
    "    ready()\n"
    "    ctypes.PyDLL(None).sleep(600)\n"  # PyDLL keeps Python's lock during the call
    "hangs_in_c()\n"
)
TAKES_IT = "signal.signal(signal.SIGUSR2, lambda *_: None)\n" + SLEEPS
GIVES_IT_BACK = "signal.signal(signal.SIGUSR2, signal.SIG_DFL)\n" + SLEEPS


class Workers:
    """Processes in the place of workers, and a dump of them."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[str]] = []
        self.dump = Dump(lambda: [self._row(index) for index in range(len(self.processes))], SystemClock())

    def start(self, source: str) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", HEAD + source], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def _row(self, index: int) -> Mapping[str, Any]:
        running = [{"slot": 0, "queue": "orders", "message_id": "a", "seconds": 1.5}]
        return {"worker": index, "pid": self.processes[index].pid, "state": "ready", "running": running, "held": 0}

    def dumped(self) -> list[Mapping[str, Any]]:
        reply = RememberedReply()
        self.dump.answer({}, reply)
        return self.until_answered(reply)

    def until_answered(self, reply: RememberedReply) -> list[Mapping[str, Any]]:
        give_up_mono = time.monotonic() + PATIENCE_SECONDS
        while reply.said is None:
            assert time.monotonic() < give_up_mono
            assert self.dump.is_running
            self.dump.look()
            time.sleep(0.01)
        assert isinstance(reply.said, dict)
        found: list[Mapping[str, Any]] = reply.said["workers"]
        return found

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.end()


@pytest.mark.parametrize(
    ("source", "function"),
    [(LOOPS, "hangs_in_python"), (SLEEPS, "hangs_in_a_call"), (HOLDS_THE_LOCK, "hangs_in_c")],
    ids=["a loop", "a call", "C that holds Python's lock"],
)
def test_a_worker_that_hangs_shows_its_line_and_what_it_runs(workers: Workers, source: str, function: str) -> None:
    workers.start(source)
    [dumped] = workers.dumped()
    assert f"in {function}" in dumped["stacks"]
    assert dumped["error"] is None
    assert (dumped["worker"], dumped["state"], dumped["running"][0]["message_id"]) == (0, "ready", "a")
    assert "held" not in dumped


def test_a_second_dump_has_nothing_of_the_first(workers: Workers) -> None:
    workers.start(SLEEPS)
    for _ in range(2):
        [dumped] = workers.dumped()
        assert dumped["stacks"].count("in hangs_in_a_call") == 1


def test_a_worker_that_is_stopped_costs_two_seconds_and_hides_nobody_else(workers: Workers) -> None:
    stopped, _ = workers.start(SLEEPS), workers.start(SLEEPS)
    os.kill(stopped.pid, signal.SIGSTOP)
    begun_mono = time.monotonic()
    first, second = workers.dumped()
    assert time.monotonic() - begun_mono >= DUMP_SECONDS
    assert (first["stacks"], first["error"][:10]) == ("", "no stacks:")
    assert "in hangs_in_a_call" in second["stacks"]


def test_a_worker_that_took_the_signal_for_itself_is_seen_all_the_same_and_goes_on(workers: Workers) -> None:
    process = workers.start(TAKES_IT)
    [dumped] = workers.dumped()
    assert dumped["stacks"]
    assert process.poll() is None


def test_a_worker_that_the_signal_would_end_is_not_sent_it(workers: Workers) -> None:
    process = workers.start(GIVES_IT_BACK)
    [dumped] = workers.dumped()
    assert "a handler has given SIGUSR2 back its default action" in dumped["error"]
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)


def test_a_process_that_is_none_of_ours_or_gone_is_not_signalled(workers: Workers) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "print('ready', flush=True); input()"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    gone = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE, text=True)
    workers.processes += [stranger, gone]
    assert stranger.stdout is not None
    assert stranger.stdout.readline() == "ready\n"
    gone.wait(PATIENCE_SECONDS)
    assert ["it has just started or ended" in each["error"] for each in workers.dumped()] == [True, True]
    assert stranger.poll() is None


def test_who_asks_while_one_is_made_gets_the_same(workers: Workers) -> None:
    workers.start(SLEEPS)
    replies = [RememberedReply(), RememberedReply()]
    for reply in replies:
        workers.dump.answer({}, reply)
    workers.until_answered(replies[0])
    assert replies[1].said is replies[0].said


def test_it_leaves_no_descriptor_behind(workers: Workers) -> None:
    workers.start(SLEEPS)
    before = len(list(Path("/proc/self/fd").iterdir()))
    workers.dumped()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_without_workers_there_is_an_answer_at_once(workers: Workers) -> None:
    assert workers.dumped() == []
    assert not workers.dump.is_running


def test_it_takes_nothing_else(workers: Workers) -> None:
    reply = RememberedReply()
    workers.dump.answer({"worker": 0}, reply)
    assert reply.said == "dump: takes nothing else"
