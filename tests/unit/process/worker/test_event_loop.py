"""The worker's event loop: uvloop's where it can be had, and no signal is lost or held back on either."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import asyncio, os, signal, subprocess, sys, threading
from punctuald.process.signals import held_back
from punctuald.process.worker import event_loop

def name(numbers):
    return " ".join(signal.Signals(number).name for number in numbers) or "none"

def held():
    return name(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

def in_a_program():
    script = "import signal; print(len(signal.pthread_sigmask(signal.SIG_BLOCK, ())))"
    return subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()

def tell_what_is_held():
    print("in a thread:", held(), "and in its program:", in_a_program())

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # as every child is born
signals = event_loop.take_signals()
print("at imports:", held(), "and in a program:", in_a_program())
os.kill(os.getpid(), signal.SIGTERM)
os.kill(os.getpid(), signal.SIGHUP)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)  # some libraries do so, or worse, when they are imported
signal.set_wakeup_fd(-1)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])

async def main():
    print(type(asyncio.get_running_loop()).__module__)
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGQUIT)
    told = asyncio.Event()
    asyncio.get_running_loop().add_reader(signals.fileno(), told.set)
    await told.wait()
    print("told:", name(signals.read()))
    thread = threading.Thread(target=tell_what_is_held)
    thread.start()
    thread.join()
    os.kill(os.getpid(), signal.SIGTERM)
    told.clear()
    await told.wait()
    print("told:", name(signals.read()))
    return 7

print("returned:", event_loop.run(main, signals, prefer_uvloop={prefer_uvloop}))
"""


@pytest.mark.parametrize(("prefer_uvloop", "kind"), [(True, "uvloop"), (False, "asyncio.unix_events")])
def test_signals_are_kept_in_order_from_the_first_import_on_and_nobody_inherits_that_they_were_held_back(
    kind: str, *, prefer_uvloop: bool
) -> None:
    script = SCRIPT.format(prefer_uvloop=prefer_uvloop)
    told = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True, text=True, timeout=60)
    assert [line for line in told.stdout.splitlines() if "worker.event_loop" not in line] == [
        "at imports: none and in a program: 0",
        kind,
        "told: SIGTERM SIGINT",
        "in a thread: none and in its program: 0",
        "told: SIGTERM",
        "returned: 7",
    ]
