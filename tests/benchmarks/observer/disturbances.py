"""What is done to the observer while messages go on: nothing, or one of four kinds of harm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
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
def scraped(_running: Rig, port: int, counted: Counted) -> Iterator[None]:
    """A thousand times a second, from the server's core: the daemon's own is the observer's and the worker's alone."""
    with flooded(port, 0, SERVER_CORE) as counts:
        yield
    counted += counts


@contextmanager
def clogged(_running: Rig, port: int, counted: Counted) -> Iterator[None]:
    """The same, while clients that never read have all connections that there are."""
    with flooded(port, core=SERVER_CORE) as counts:
        yield
    counted += counts


DISTURBANCES: Mapping[str, Disturbance] = MappingProxyType(
    {"killed": killed, "hung": hung, "scraped": scraped, "clogged": clogged}
)


def _kill_until(running: Rig, over: threading.Event) -> None:
    while not over.wait(LOOK_SECONDS):
        for process in _observers(running):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _observers(running: Rig) -> list[psutil.Process]:
    """By the name that the child gave itself, of which Linux keeps fifteen letters. Not by psutil's `children`, which
    reads all processes of the machine: looking would disturb more than what is done."""
    pid, found = running.supervisor.pid, []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError, psutil.NoSuchProcess):
            if Path(f"/proc/{child}/comm").read_text().startswith("punctuald:obser"):
                found.append(psutil.Process(int(child)))
    return found
