"""Answers `dump`: the Python stacks of all workers, which each writes itself when it is signalled, and what runs there.

faulthandler writes them from a signal handler in C, so a worker whose loop hangs, or that waits for Python's lock, has
them as well. They go into a memory file of each process, which is read from here by way of /proc: no pipe has to be
read by anybody, and no path has to be agreed on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from punctuald.clock import Clock
from punctuald.process.control.server import Reply
from punctuald.process.fault_stacks import STACKS_NAME, STACKS_SIGNAL

DUMP_SECONDS = 2.0
LONGEST_STACKS_BYTES = 1 << 18  # of one process
_NOTHING = "it wrote nothing: it is stopped, waits in the kernel, or a handler has taken SIGUSR2 for itself"


@dataclass(slots=True)
class _Dumped:
    """A worker that was signalled. ``seen``: what its file held the last time."""

    worker: Mapping[str, Any]
    file: int | None
    seen: bytes = b""
    is_whole: bool = False


@dataclass(slots=True)
class _Running:
    until_mono: float
    dumped: list[_Dumped]
    replies: list[Reply] = field(default_factory=list)


class Dump:
    """One dump at a time: who asks while it is made gets the same one. ``workers`` gives the workers' part of the
    status document."""

    def __init__(self, workers: Callable[[], list[Mapping[str, Any]]], clock: Clock) -> None:
        self._workers = workers
        self._clock = clock
        self._running: _Running | None = None

    @property
    def is_running(self) -> bool:
        """Whether `look` is to be called each few milliseconds."""
        return self._running is not None

    def answer(self, arguments: Mapping[str, Any], reply: Reply) -> None:
        """It takes nothing."""
        if arguments:
            reply.refuse("dump: takes nothing else")
            return
        if self._running is None:
            live = [worker for worker in self._workers() if worker["pid"]]
            self._running = _Running(self._clock.mono() + DUMP_SECONDS, [_signalled(worker) for worker in live])
        self._running.replies.append(reply)
        self.look()

    def look(self) -> None:
        """Answer, once every worker has written, or has had its time."""
        running = self._running
        if running is None:
            return
        for dumped in running.dumped:
            _read(dumped)
        if all(dumped.is_whole for dumped in running.dumped) or self._clock.mono() >= running.until_mono:
            self._running = None
            answer = {"workers": [_answered(dumped) for dumped in running.dumped]}
            for reply in running.replies:
                reply.answer(answer)


def _signalled(worker: Mapping[str, Any]) -> _Dumped:
    dumped = _Dumped(worker, _stacks_file(worker["pid"]))
    if dumped.file is not None:
        with suppress(OSError):  # gone meanwhile
            os.ftruncate(dumped.file, 0)
            if _catches(worker["pid"]):
                os.kill(worker["pid"], STACKS_SIGNAL)
    dumped.is_whole = dumped.file is None
    return dumped


def _stacks_file(pid: int) -> int | None:
    """None: it is gone, or has no such file yet, or any more."""
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()).startswith(f"/memfd:{STACKS_NAME}"):
                    return os.open(descriptor, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    return None


def _catches(pid: int) -> bool:
    """Code of the user's may have given the signal its default action back, by which it would end the worker."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (STACKS_SIGNAL - 1) & 1)


def _read(dumped: _Dumped) -> None:
    """A file that holds something, and no more than at the look before, is whole: it is written at one go."""
    if dumped.file is None or dumped.is_whole:
        return
    stacks = os.pread(dumped.file, LONGEST_STACKS_BYTES, 0)
    dumped.is_whole = bool(stacks) and stacks == dumped.seen
    dumped.seen = stacks


def _answered(dumped: _Dumped) -> Mapping[str, Any]:
    if dumped.file is not None:
        os.close(dumped.file)
    stacks = dumped.seen.decode(errors="replace")
    return {
        **{name: dumped.worker[name] for name in ("worker", "pid", "state", "running")},
        "stacks": stacks,
        "error": None if stacks else _NOTHING,
    }
