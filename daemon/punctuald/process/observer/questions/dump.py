"""Answers `dump`: the Python stacks of all workers, which each writes itself when it is signalled, and what runs there.

faulthandler writes them from a signal handler in C, so a worker whose loop hangs, or that waits for Python's lock, has
them as well. They go into a memory file of each process, which is read from here by way of /proc: no pipe has to be
read by anybody, and no path has to be agreed on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from punctuald.clock import Clock
from punctuald.process.control.server import Reply
from punctuald.process.fault_stacks import LAST_RESORT_SIGNAL, STACKS_NAME, STACKS_SIGNAL

DUMP_SECONDS = 2.0
LAST_RESORT_SECONDS = 1.0
"""Before the end: who has written nothing by then, by its main thread, is asked to write from C."""

SETTLED_SECONDS = 0.1
"""faulthandler writes piece by piece: what has not grown for so long is all of it, also on a busy machine."""
LONGEST_STACKS_BYTES = 1 << 18  # of one process
_NOTHING = "no stacks: it is stopped, waits in the kernel, or a handler has taken SIGUSR2 for itself"
_NO_FILE = "no stacks: it has just started or ended, or had no room for their file"
_NOT_CAUGHT = "no stacks: a handler has given SIGUSR2 back its default action, by which it would end the worker"


@dataclass(slots=True)
class _Dumped:
    """A worker, and the file that its stacks go to, None = there is none. ``seen``: what that held the last time, and
    held first at ``seen_mono``. ``why_not``: why nothing comes."""

    worker: Mapping[str, Any]
    file: int | None
    why_not: str = ""
    seen: bytes = b""
    seen_mono: float = 0.0
    is_whole: bool = False


@dataclass(slots=True)
class _Running:
    until_mono: float
    dumped: list[_Dumped]
    replies: list[Reply] = field(default_factory=list)
    has_resorted: bool = False


class Dump:
    """One dump at a time: who asks while it is made gets the same one. ``workers`` gives them as the
    status document has them."""

    def __init__(self, workers: Callable[[], Sequence[Mapping[str, Any]]], clock: Clock) -> None:
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
        now_mono = self._clock.mono()
        for dumped in running.dumped:
            _read(dumped, now_mono)
        if now_mono >= running.until_mono - LAST_RESORT_SECONDS and not running.has_resorted:
            running.has_resorted = True
            for dumped in running.dumped:
                _last_resort(dumped)
        if all(dumped.is_whole for dumped in running.dumped) or now_mono >= running.until_mono:
            self._running = None
            answer = {"workers": [_answered(dumped) for dumped in running.dumped]}
            for reply in running.replies:
                reply.answer(answer)


def _signalled(worker: Mapping[str, Any]) -> _Dumped:
    file = _stacks_file(worker["pid"])
    why_not = _NO_FILE if file is None else _signal(worker["pid"], file)
    return _Dumped(worker, file, why_not, is_whole=bool(why_not))


def _signal(pid: int, file: int) -> str:
    """Why it was not signalled; "" = it was."""
    try:
        os.ftruncate(file, 0)
        if not _catches(pid, STACKS_SIGNAL):
            return _NOT_CAUGHT
        os.kill(pid, STACKS_SIGNAL)
    except OSError:  # it has ended meanwhile
        return _NO_FILE
    return ""


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


def _last_resort(dumped: _Dumped) -> None:
    pid = dumped.worker["pid"]
    with suppress(OSError):  # it has ended meanwhile
        if not (dumped.seen or dumped.is_whole) and _catches(pid, LAST_RESORT_SIGNAL):
            os.kill(pid, LAST_RESORT_SIGNAL)


def _catches(pid: int, number: int) -> bool:
    """Code of the user's may have given the signal its default action back, by which it would end the worker."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (number - 1) & 1)


def _read(dumped: _Dumped, now_mono: float) -> None:
    if dumped.file is None or dumped.is_whole:
        return
    stacks = os.pread(dumped.file, LONGEST_STACKS_BYTES, 0)
    if stacks != dumped.seen:
        dumped.seen, dumped.seen_mono = stacks, now_mono
    dumped.is_whole = bool(stacks) and now_mono - dumped.seen_mono >= SETTLED_SECONDS


def _answered(dumped: _Dumped) -> Mapping[str, Any]:
    if dumped.file is not None:
        os.close(dumped.file)
    stacks = dumped.seen.decode(errors="replace")
    return {
        **{name: dumped.worker[name] for name in ("worker", "pid", "state", "running")},
        "stacks": stacks,
        "error": None if stacks else dumped.why_not or _NOTHING,
    }
