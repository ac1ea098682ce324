"""The handlers that the scenarios' daemons run. Each run writes its start and its end into the handlers' ledger.

A body says what its handler has to do: ``{"id": …, "work_seconds": 0.01, "fails": false, "kills": false}``.
"""

from __future__ import annotations

import asyncio
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
from punctuald.demo.ledger import LEDGER_VARIABLE, append_line
from punctuald.model import Message

_numbers = itertools.count()


class MeantToFail(Exception):
    """Raised for a body that says so."""


def handle(message: Message) -> None:
    """Blocking work."""
    with _recorded(message) as order:
        time.sleep(order["work_seconds"])


async def handle_coroutine(message: Message) -> None:
    """The same work, waited for on a loop."""
    with _recorded(message) as order:
        await asyncio.sleep(order["work_seconds"])


@contextmanager
def _recorded(message: Message) -> Iterator[dict[str, Any]]:
    """Write the run's start before the work and its end after it; fail where the body wants that."""
    token = f"{os.getpid()}-{next(_numbers)}"
    _record_event(START, message, token)
    order = message.json()
    yield order
    if order["kills"]:
        signal.pthread_kill(threading.get_ident(), signal.SIGSEGV)  # this thread gets no further
    if order["fails"]:
        _record_event(RunEnd.FAILED, message, token)
        raise MeantToFail(order["id"])
    _record_event(RunEnd.OK, message, token)


def _record_event(word: str, message: Message, token: str) -> None:
    path = Path(os.environ[LEDGER_VARIABLE])
    append_line(path, run_line(word, message.id, token, pid=os.getpid(), mono=time.monotonic()))
