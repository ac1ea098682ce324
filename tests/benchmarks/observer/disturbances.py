"""What is done to the observer while messages go on: nothing, and the worst of three kinds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from types import MappingProxyType

import psutil

from benchmarks.comparison.scenes import SERVER_CORE
from benchmarks.rig import Rig
from doubles.process.scrape_flood import Counts, flooded

LOOK_SECONDS = 0.05

Counted = list[Counts]
"""What floods did, one after the other."""

Disturbance = Callable[[Rig, int, Counted], AbstractContextManager[None]]
"""Of a running daemon, whose pages are at this port."""


@contextmanager
def killed(running: Rig, _port: int, _counted: Counted) -> Iterator[None]:
    """Whenever there is one, by SIGKILL."""
    over = threading.Event()
    killer = threading.Thread(target=_kill_until, args=(running, over))
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


@contextmanager
def hung(running: Rig, _port: int, _counted: Counted) -> Iterator[None]:
    """It stands still all the while, its queue of clients and all."""
    for process in _observers(running):
        process.suspend()
    try:
        yield
    finally:
        for process in _observers(running):
            process.resume()


@contextmanager
def flooded_with_scrapes(_running: Rig, port: int, counted: Counted) -> Iterator[None]:
    """From the server's core, so that the daemon's own is the observer's and the worker's alone."""
    with flooded(port, SERVER_CORE) as counts:
        yield
    counted += counts


DISTURBANCES: Mapping[str, Disturbance] = MappingProxyType(
    {"killed": killed, "hung": hung, "flooded": flooded_with_scrapes}
)


def _kill_until(running: Rig, over: threading.Event) -> None:
    while not over.wait(LOOK_SECONDS):
        for process in _observers(running):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _observers(running: Rig) -> list[psutil.Process]:
    """By the name that the child gave itself, of which Linux keeps fifteen letters."""
    found = []
    for process in running.supervisor.children():
        with suppress(psutil.NoSuchProcess):
            if process.name().startswith("punctuald:obser"):
                found.append(process)
    return found
