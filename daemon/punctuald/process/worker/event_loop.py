"""The worker's event loop: uvloop's where it can be had, else asyncio's own."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from punctuald.logs import logger
from punctuald.process.ending.open_files import remember_open_files
from punctuald.process.signals import (
    FOR_THE_SUPERVISOR,
    SignalQueue,
    held_back,
    ignore_as_python_does,
    neutralise,
)

try:
    import uvloop
except ImportError:  # no wheel for this machine, and no compiler: slower, and otherwise the same
    uvloop = None  # type: ignore[assignment]

COLLECTOR_THRESHOLDS = (10_000, 20, 20)

log = logger()


def let_signals_in() -> None:
    """Hear the signals that a worker was born deaf to: SIGTERM and SIGINT end it, as long as it has nothing in flight.

    To be called before code of the user's is imported: threads and programs inherit what is held back, and a program
    that can't be stopped would be the least of it.
    """
    neutralise(FOR_THE_SUPERVISOR)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def take_signals() -> SignalQueue:
    """From here on SIGTERM and SIGINT are read from a queue. To be called once code of the user's is imported, whatever
    that did to the signals' set-up, and before a thread is started."""
    neutralise(FOR_THE_SUPERVISOR)
    ignore_as_python_does()
    return SignalQueue((signal.SIGTERM, signal.SIGINT))


def run(main: Callable[[], Coroutine[Any, Any, int]], signals: SignalQueue, *, prefer_uvloop: bool = True) -> int:
    """Run ``main`` on a loop of its own and return what it returns. ``signals`` go on being read from their queue.

    The loop is neither installed for others (a handler's own ``asyncio.run`` must get what it would get elsewhere)
    nor closed: the process ends right after it, and closing would wait for threads that may never end.
    """
    loop = _new_loop(prefer_uvloop=prefer_uvloop)
    log.debug("worker.event_loop", kind=type(loop).__module__)

    async def listening() -> int:
        neutralise(FOR_THE_SUPERVISOR)  # again, for the same reasons
        signals.listen()
        return await main()

    with held_back():  # else what comes while uvloop has the wake-up descriptor is lost
        return loop.run_until_complete(listening())


def tune_collector() -> None:
    """Call once, when everything that stays is loaded.

    A worker holds hundreds of messages for some milliseconds each, longer than the collector's youngest generation
    lives: with CPython's thresholds (700, 10, 10) it walks them again and again, for a fifth of the worker's CPU.
    """
    remember_open_files()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def _new_loop(*, prefer_uvloop: bool) -> asyncio.AbstractEventLoop:
    if uvloop is None or not prefer_uvloop:
        return asyncio.SelectorEventLoop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
