"""Starts who consumes: one of the scripts, or the daemon."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.rig import Setup, rig
from benchmarks.strategies.work import LEDGER_VARIABLE, Handled, read_ledger
from punctuald.demo import tethered
from punctuald.demo.line_follower import LineFollower
from punctuald.demo.sandbox import sandbox_environment

TESTS = Path(__file__).parents[2]
HANDLER = "benchmarks.strategies.work:handle"
DEFAULT_SAMPLE = 0.001
"""Of the log, as config.toml has it: other benchmarks turn it off."""


class Place:
    """Where a strategy runs: its queue, and a directory with its handlers' log."""

    def __init__(self, endpoint_url: str, queue_url: str, directory: Path) -> None:
        self.endpoint_url = endpoint_url
        self.queue_url = queue_url
        self.directory = directory
        self.ledger = directory / "ledger.txt"
        self._follower = LineFollower(self.ledger)
        self._lines: list[bytes] = []

    @property
    def queue_name(self) -> str:
        """The end of its URL."""
        return self.queue_url.rpartition("/")[2]

    def handled(self) -> Mapping[int, Handled]:
        """By number, so far."""
        self._lines += self._follower.new_lines()
        return read_ledger(self._lines)


Consumer = Callable[[Place], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A consumer under the ``name`` of its row; ``own``: it is the daemon."""

    name: str
    consumer: Consumer
    own: bool = False


def script(name: str) -> Consumer:
    """One of ``scripts/``."""
    return partial(_script, name)


@contextmanager
def _script(name: str, place: Place) -> Iterator[None]:
    """It dies with us, and at the end of the block."""
    environ = sandbox_environment(os.environ, place.endpoint_url)
    environ |= {LEDGER_VARIABLE: str(place.ledger), "PYTHONPATH": str(TESTS)}
    module = f"benchmarks.strategies.scripts.{name}"
    command = [sys.executable, "-P", tethered.__file__, str(os.getpid()), module, place.endpoint_url, place.queue_url]
    with subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            yield
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Daemon:
    """The real one; ``pool`` and ``queue`` are settings on top of its defaults. It reads ``more_queues`` as well."""

    pool: Mapping[str, float] = field(default_factory=dict)
    queue: Mapping[str, float | str] = field(default_factory=dict)
    more_queues: Sequence[str] = ()

    @contextmanager
    def __call__(self, place: Place) -> Iterator[None]:
        """Ready within the block; drained at its end."""
        setup = Setup(
            place.endpoint_url,
            HANDLER,
            TESTS,
            place.queue_name,
            pool=self.pool,
            queue=self.queue,
            environment={LEDGER_VARIABLE: str(place.ledger)},
            more_queues=self.more_queues,
            sample=DEFAULT_SAMPLE,
        )
        with rig(setup, place.directory) as running:
            yield
            running.stop()


AS_CONFIGURED_BY_DEFAULT = Daemon()
