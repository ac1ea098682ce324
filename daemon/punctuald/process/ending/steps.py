"""What Python does at the exit of a process, step by step, in its own order."""

from __future__ import annotations

import atexit
import logging
import sys
import threading
from collections.abc import Callable
from typing import NamedTuple

THREADS_SECONDS = 2.0
"""For threads of the user's that are no daemons, and executors' queues: Python would wait for them without end."""


class Step(NamedTuple):
    """``name`` is for the log."""

    name: str
    run: Callable[[], None]


def steps() -> tuple[Step, ...]:
    """All but the files, which have a time of their own."""
    return (
        Step("threads", _threads),
        Step("atexit", atexit._run_exitfuncs),
        Step("multiprocessing", _multiprocessing),
        Step("logging", logging.shutdown),  # registered at its import, which was in the parent
    )


def _threads() -> None:
    """In a thread of their own, because they are joined without a limit. What is not done by then goes on beside."""
    waiting = threading.Thread(target=_join_all, name="exit", daemon=True)
    waiting.start()
    waiting.join(THREADS_SECONDS)
    if waiting.is_alive():
        names = ", ".join(sorted(each.name for each in _not_daemons()))
        raise TimeoutError(f"threads did not end within {THREADS_SECONDS:g} s: {names}")


def _join_all() -> None:
    for finish in reversed(getattr(threading, "_threading_atexits", [])):  # concurrent.futures' is one
        finish()
    for thread in _not_daemons():
        thread.join()


def _not_daemons() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if not each.daemon and each is not threading.main_thread()]


def _multiprocessing() -> None:
    """Registered at its import, which may have been in the parent. Does nothing where it ran already."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util._exit_function()
