"""Signals as a queue."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from punctuald.process.signals import NEVER, SignalQueue, end_forks_of_handlers, held_back, leave_parents_signals

WANTED = (signal.SIGUSR1, signal.SIGUSR2)


@pytest.fixture
def signals() -> Iterator[SignalQueue]:
    before = {number: signal.getsignal(number) for number in WANTED}
    queue = SignalQueue(WANTED)
    yield queue
    queue.close()
    for number, handler in before.items():
        signal.signal(number, handler)


def readable(signals: SignalQueue) -> bool:
    return bool(select.select([signals], [], [], 0)[0])


def test_a_signal_wakes_the_loop_and_is_read_once(signals: SignalQueue) -> None:
    assert not readable(signals)
    signal.raise_signal(signal.SIGUSR1)
    assert readable(signals)
    assert signals.read() == [signal.SIGUSR1]
    assert signals.read() == []


def test_signals_are_read_in_the_order_in_which_they_came(signals: SignalQueue) -> None:
    came = [signal.SIGUSR2, signal.SIGUSR1, signal.SIGUSR1, signal.SIGUSR2]
    for number in came:
        signal.raise_signal(number)
    assert signals.read() == came


def test_one_that_everybody_has_let_go_of_is_still_there_to_be_written_to() -> None:
    script = (
        "import gc, os, signal; from punctuald.process.signals import SignalQueue; "
        "SignalQueue([signal.SIGTERM]); gc.collect(); os.kill(os.getpid(), signal.SIGTERM)"
    )
    ended = subprocess.run([sys.executable, "-c", script], stderr=subprocess.PIPE, check=False, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_full_queue_loses_repetitions_only(signals: SignalQueue) -> None:
    for _ in range(5_000):
        signal.raise_signal(signal.SIGUSR1)
    assert signal.SIGUSR1 in signals.read()


def test_a_signal_that_comes_while_held_back_is_read_afterwards(signals: SignalQueue) -> None:
    with held_back():
        os.kill(os.getpid(), signal.SIGUSR1)
        assert signals.read() == []
    assert signals.read() == [signal.SIGUSR1]


def test_holding_back_ends_also_when_the_body_fails() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with pytest.raises(ValueError, match="boom"), held_back():
        raise ValueError("boom")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_closing_gives_the_default_actions_back(signals: SignalQueue) -> None:
    signals.close()
    assert [signal.getsignal(number) for number in WANTED] == [signal.SIG_DFL] * 2
    assert signal.set_wakeup_fd(-1) == -1


def test_what_came_early_is_read_by_the_queue_that_takes_over(signals: SignalQueue) -> None:
    signal.raise_signal(signal.SIGUSR1)
    later = SignalQueue([*WANTED, signal.SIGHUP])
    later.take_over(signals)
    try:
        signal.raise_signal(signal.SIGUSR2)
        assert later.read() == [signal.SIGUSR1, signal.SIGUSR2]
    finally:
        later.close()


def test_what_is_never_let_in_is_forgotten_at_the_end() -> None:
    before = signal.getsignal(signal.SIGTTOU)
    queue = SignalQueue(WANTED, never=NEVER)
    os.kill(os.getpid(), signal.SIGTTOU)  # its default action would stop this very process
    assert queue.read() == []
    assert signal.sigpending() == {signal.SIGTTOU}
    queue.close()
    assert signal.sigpending() == set()
    assert signal.getsignal(signal.SIGTTOU) == before
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_a_child_that_leaves_its_parents_signals_is_deaf_to_them_no_more_and_writes_to_them_no_more(
    signals: SignalQueue,
) -> None:
    assert _killed_child(prepare=leave_parents_signals) == -signal.SIGUSR1
    assert signals.read() == []


def test_what_a_handler_forks_dies_of_a_signal_that_its_worker_would_only_note(signals: SignalQueue) -> None:
    assert _killed_child(prepare=_fork_as_a_handler_does) == -signal.SIGUSR1
    assert signals.read() == []


def _killed_child(prepare: object) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            assert callable(prepare)
            prepare()
            os.kill(os.getpid(), signal.SIGUSR1)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _fork_as_a_handler_does() -> None:
    """In a worker: the grandchild's end is handed on as our own."""
    end_forks_of_handlers()
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGUSR1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    signal.signal(signal.SIGUSR1, signal.SIG_DFL if status == -signal.SIGUSR1 else signal.SIG_IGN)


FORK_HIT_BY_A_SIGNAL = """
import os, select, signal, sys, threading
from punctuald.process.signals import end_forks_of_handlers

hit = False

def be_hit():
    if hit:
        os.kill(os.getpid(), signal.SIGTERM)

os.register_at_fork(after_in_child=be_hit)  # sooner than any hook of a handler's, which come in this order
end_forks_of_handlers()

def fork():
    global hit
    hit = True
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    hit = False
    print("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    print("mask", sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())))

def fork_in_a_thread():
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()
"""
IN_THE_MAIN_THREAD = """
from punctuald.process.signals import SignalQueue
signals = SignalQueue((signal.SIGTERM,))
fork()
fork_in_a_thread()
print("told", len(signals.read()))
"""
BESIDE_AN_EVENT_LOOP = """
import asyncio
from punctuald.process.worker import event_loop
signals = event_loop.take_signals()

async def main():
    await asyncio.to_thread(fork)
    fork()
    print("told", len(signals.read()))
    return 0

event_loop.run(main, signals, prefer_uvloop={prefer_uvloop})
"""


@pytest.mark.parametrize(
    "script",
    [
        IN_THE_MAIN_THREAD,
        BESIDE_AN_EVENT_LOOP.format(prefer_uvloop=True),
        BESIDE_AN_EVENT_LOOP.format(prefer_uvloop=False),
    ],
    ids=["no loop", "uvloop", "asyncio"],
)
def test_a_signal_that_hits_a_fork_before_it_has_left_our_queue_ends_the_fork_and_not_us(script: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", FORK_HIT_BY_A_SIGNAL + script], stdout=subprocess.PIPE, check=True, text=True, timeout=60
    )
    lines = [line for line in told.stdout.splitlines() if "worker.event_loop" not in line]
    assert lines == [f"child {-signal.SIGTERM}", "mask []"] * 2 + ["told 0"]
