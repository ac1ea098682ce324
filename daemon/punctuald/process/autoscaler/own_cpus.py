"""The processors that we may run on, and how busy they are: of the host's, those that our affinity names.

`taskset`, CPUAffinity= and cpusets (Docker's --cpuset-cpus, AllowedCPUs=, Slurm) leave us some of them, with no quota
that would say so (sched_getaffinity(2)).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil

IDLE, IOWAIT = 3, 4
WITHOUT_GUESTS = 8  # columns of /proc/stat (proc_stat(5)): a guest's time is in «user» and «nice» already


def allowed_cpus() -> frozenset[int]:
    """The numbers of the processors that this process may run on."""
    return frozenset(os.sched_getaffinity(0))


def cpu_ticks() -> dict[int, tuple[int, int]]:
    """By number of the processor: ticks that there were and ticks that were used, since the host started.

    Empty where the kernel does not show them. A processor that is switched off is not there, so its number counts and
    not its place.
    """
    try:
        return dict(_ticks(Path(psutil.PROCFS_PATH) / "stat"))
    except OSError:
        return {}


def _ticks(stat: Path) -> Iterator[tuple[int, tuple[int, int]]]:
    with stat.open() as lines:
        for line in lines:
            name, *columns = line.split()
            if not name.startswith("cpu"):
                return
            if name != "cpu":  # that one is the sum
                ticks = [int(column) for column in columns[:WITHOUT_GUESTS]]
                yield int(name[3:]), (sum(ticks), sum(ticks) - ticks[IDLE] - ticks[IOWAIT])
