"""One running contestant: its processes, started on given cores, and what Linux says of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import pinned
from benchmarks.processes.proc import MIB, pss_bytes
from benchmarks.processes.tree import ProcessTree


class ConsumerError(RuntimeError):
    """A contestant did not do what a measurement needs."""


class Consumer:
    """All processes of a contestant, whoever started them."""

    def __init__(self, roots: Sequence[subprocess.Popen[bytes]], log: Path) -> None:
        self._roots = roots
        self._log = log
        self.tree = ProcessTree([root.pid for root in roots])

    def check_alive(self) -> None:
        """Raises `ConsumerError` with the end of its output if a process that we started has ended."""
        ended = [root.poll() for root in self._roots if root.poll() is not None]
        if ended:
            raise ConsumerError(f"it ended with status {ended[0]}: {self.last_words()}")

    def last_words(self) -> str:
        """The end of what it has written."""
        return " | ".join(self._log.read_text(errors="replace").strip().splitlines()[-3:])[-400:]

    def cpu_seconds(self) -> float:
        """User and system time, by the kernel's account, of the whole tree, with those that have ended in between."""
        return self.tree.cpu_seconds()

    def pss_mib(self) -> float:
        """Proportional set size of the whole tree."""
        return sum(pss_bytes(pid) for pid in self.tree.pids()) / MIB


@contextmanager
def running(
    commands: Sequence[Sequence[str]], environ: Mapping[str, str], cores: set[int], log: Path
) -> Iterator[Consumer]:
    """Start all; whatever is left of them at the end is killed."""
    roots: list[subprocess.Popen[bytes]] = []
    try:
        with log.open("ab") as output:
            roots.extend(_start(command, environ, cores, output.fileno()) for command in commands)
        yield Consumer(roots, log)
    finally:
        for root in roots:
            _kill(root)


def _start(command: Sequence[str], environ: Mapping[str, str], cores: set[int], log: int) -> subprocess.Popen[bytes]:
    places = ",".join(map(str, sorted(cores)))
    return subprocess.Popen(
        [sys.executable, "-I", pinned.__file__, str(os.getpid()), places, *command],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _kill(root: subprocess.Popen[bytes]) -> None:
    ProcessTree([root.pid]).kill()
    root.wait()
