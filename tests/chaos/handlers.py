"""The handlers that the scenarios' daemons run. Each run writes its start and its end into the handlers' ledger.

A body says what its handler has to do: ``{"id": …, "work_seconds": 0.01}`` and, where they are true, "fails", "rejects"
and "kills".
"""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chaos.ledger.events import RunEnd
from chaos.ledger.read import START, run_line
from punctuald import Reject, Unavailable, Wait
from punctuald.demo.ledger import LEDGER_VARIABLE, append_line
from punctuald.model import Message

TURN_SECONDS = 0.5
LATER_SECONDS = 1.0

_numbers = itertools.count()


class MeantToFail(Exception):
    """Raised for a body that says so."""


def handle(message: Message) -> None:
    """Blocking work."""
    with recorded(message) as order:
        time.sleep(order["work_seconds"])


async def handle_coroutine(message: Message) -> None:
    """The same work, waited for on a loop."""
    with recorded(message) as order:
        await asyncio.sleep(order["work_seconds"])


def handle_with_downstream(message: Message) -> None:
    """Blocking work that needs what the scenario may take away."""
    with recorded(message) as order:
        if away_beside(Path(os.environ[LEDGER_VARIABLE])).exists():
            raise Unavailable("downstream", "the scenario took it away")
        time.sleep(order["work_seconds"])


def away_beside(ledger: Path) -> Path:
    """While this file is there, what `handle_with_downstream` needs is not."""
    return ledger.with_name("downstream_away")


def handle_rate_limited(message: Message) -> None:
    """The blocking work, at most two messages a second in all processes together; the others want to come later."""
    if not _may_run(time.monotonic()):
        raise Wait("two a second", seconds=LATER_SECONDS)
    handle(message)


def _may_run(now_mono: float) -> bool:
    """Take the turn, if it is somebody's. The file, beside the ledger, says when the next one is."""
    path = Path(os.environ[LEDGER_VARIABLE]).with_name("next_turn")
    with path.open("a+", encoding="utf-8") as turns:
        fcntl.flock(turns, fcntl.LOCK_EX)  # the kernel lets go of it when a process is killed
        turns.seek(0)
        next_mono = float(turns.read() or now_mono)
        if now_mono < next_mono:
            return False
        turns.truncate(0)
        turns.write(f"{max(next_mono + TURN_SECONDS, now_mono)}")
        return True


@contextmanager
def recorded(message: Message) -> Iterator[dict[str, Any]]:
    """Write the run's start before the work and its end after it; fail or reject where the body wants that."""
    token = f"{os.getpid()}-{next(_numbers)}"
    _record_event(START, message, token)
    order = message.json()
    try:
        yield order
        _fail_if_meant_to(order)
    except Exception:
        _record_event(RunEnd.FAILED, message, token)
        raise
    _record_event(RunEnd.OK, message, token)


def _fail_if_meant_to(order: dict[str, Any]) -> None:
    if order["kills"]:
        signal.pthread_kill(threading.get_ident(), signal.SIGSEGV)  # this thread gets no further
    if order["rejects"]:
        raise Reject("it says so")
    if order["fails"]:
        raise MeantToFail(order["id"])


def _record_event(word: str, message: Message, token: str) -> None:
    path = Path(os.environ[LEDGER_VARIABLE])
    now_mono, receive_count = time.monotonic(), message.receive_count
    line = run_line(word, message.id, token, pid=os.getpid(), mono=now_mono, receive_count=receive_count)
    append_line(path, line)
