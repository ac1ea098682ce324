"""All processes of a contestant: found, stopped and continued together, and what CPU they have taken."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.processes.proc import ProcessStat, cpu_seconds, read_stat, thread_states

ZOMBIE, STOPPED = "Z", "T"
STOP_SECONDS = 2.0
LOOK_SECONDS = 0.0005


class StopError(RuntimeError):
    """A process could not be stopped."""


class ProcessTree:
    """The processes ``roots``, which lead sessions of their own, and all that they started."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = frozenset(roots)

    def pids(self) -> list[int]:
        """Those that live, the oldest first. A zombie is one of them: its time is not yet its parent's."""
        return members(all_processes(), self._roots)

    def cpu_seconds(self) -> float:
        """See `benchmarks.processes.proc.cpu_seconds`."""
        return cpu_seconds(self.pids())

    def stop(self) -> None:
        """Returns when every thread of every process is at rest. Raises `StopError`."""
        give_up = time.monotonic() + STOP_SECONDS
        sent: set[int] = set()
        while not self._at_rest(sent):
            if time.monotonic() > give_up:
                raise StopError(f"not all of {sorted(sent)} stopped within {STOP_SECONDS:g} s")
            time.sleep(LOOK_SECONDS)

    def go_on(self) -> None:
        """Continue all."""
        self._send(self.pids(), signal.SIGCONT)

    def kill(self) -> None:
        """End all, wherever they went: a stopped one hears nothing but this."""
        self._send(self.pids(), signal.SIGKILL)

    def _at_rest(self, sent: set[int]) -> bool:
        """Whether this look left nothing to do. A process forked after it is in the next one."""
        pids = self.pids()
        new = [pid for pid in pids if pid not in sent]
        self._send(new, signal.SIGSTOP)
        sent.update(new)
        return not new and all(set(thread_states(pid)) <= {STOPPED, ZOMBIE} for pid in pids)

    @staticmethod
    def _send(pids: Iterable[int], number: signal.Signals) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(pid, number)


def all_processes() -> dict[int, ProcessStat]:
    """Every process of this machine, by pid."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                found[int(entry.name)] = read_stat(int(entry.name))
    return found


def members(processes: Mapping[int, ProcessStat], roots: Iterable[int]) -> list[int]:
    """The roots, their descendants, and those whose parents are gone but not their root's session; oldest first."""
    roots = frozenset(roots)
    belongs = {pid for pid, stat in processes.items() if pid in roots or stat.session in roots}
    by_age = sorted(processes, key=lambda pid: (processes[pid].start_ticks, pid))
    before = -1
    while before != len(belongs):  # pids are used again, so a child's can be smaller than its parent's
        before = len(belongs)
        belongs.update(pid for pid in by_age if processes[pid].parent in belongs)
    return [pid for pid in by_age if pid in belongs]
