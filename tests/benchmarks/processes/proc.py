"""Numbers that Linux keeps of processes (proc(5))."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024
GONE = frozenset({errno.ENOENT, errno.ESRCH, errno.EINVAL})
"""How /proc and clock_gettime(2) say that there is no such process."""

CPUCLOCK_SCHED = 2
"""<linux/posix-timers.h>: the clock of a whole process, by the scheduler's account of how long its threads ran."""


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """One process, as /proc/PID/stat has it. ``reaped_ticks`` is the CPU time of all ended children that it, or one of
    them, has waited for; ``start_ticks`` tells it from another that later gets the same pid.
    """

    state: str
    parent: int
    session: int
    reaped_ticks: int
    start_ticks: int


def parse_stat(text: str) -> ProcessStat:
    """Read one line of /proc/PID/stat, or of a thread's."""
    # A process's name stands in brackets, and may hold blanks and brackets itself.
    after_name = text.rpartition(")")[2].split()
    reaped = int(after_name[13]) + int(after_name[14])
    return ProcessStat(after_name[0], int(after_name[1]), int(after_name[3]), reaped, int(after_name[19]))


def read_stat(pid: int) -> ProcessStat:
    """As of now; raises `FileNotFoundError` or `ProcessLookupError` if it is gone."""
    return parse_stat(Path(f"/proc/{pid}/stat").read_text())


def thread_states(pid: int) -> list[str]:
    """The state of each thread of a process, "T" for a stopped one; empty if it is gone."""
    try:
        return [parse_stat((task / "stat").read_text()).state for task in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return []  # the process, or one thread of it, has just ended: the next look will tell


def thread_count(pid: int) -> int:
    """Threads of one process."""
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


def pss_bytes(pid: int) -> int:
    """Proportional set size: a page that n processes share counts 1/n in each."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"/proc/{pid}/smaps_rollup has no Pss line")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes, with their ended threads and their ended and reaped children.

    The processes' own is the scheduler's account in nanoseconds: the sum of /proc/PID/task/*/schedstat, and of the same
    for threads that have ended. Of reaped children the kernel tells ticks of 10 ms. One that has just ended counts
    nothing until it is reaped.
    """
    return sum(_cpu_seconds(pid) for pid in pids)


def _cpu_seconds(pid: int) -> float:
    try:
        reaped_seconds = read_stat(pid).reaped_ticks / TICKS_PER_SECOND
        return time.clock_gettime_ns(process_clock(pid)) / 1e9 + reaped_seconds
    except OSError as error:
        if error.errno not in GONE:
            raise
        return 0.0


def process_clock(pid: int) -> int:
    """The clock id that clock_getcpuclockid(3) gives for a process: Python has that function for threads only."""
    return (~pid << 3) | CPUCLOCK_SCHED
