"""The groups of processes that we are in, and what each is allowed: cgroups(7), version 2 first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .kernel_file import KernelFile, open_first

_NO_LIMIT_BYTES = 1 << 60  # cgroup v1 says «none» with a huge number


class Cgroup:
    """One level on the way from our group up to the root, be it one directory (v2) or one for each controller (v1).

    A limit holds for all processes of the level, so the use that is held against it is the level's too, not ours.
    """

    def __init__(self, directories: Sequence[Path]) -> None:
        self._memory_limit = _open(directories, "memory.max", "memory.limit_in_bytes")
        self._memory_used = _open(directories, "memory.current", "memory.usage_in_bytes")
        self._memory_stat = _open(directories, "memory.stat")
        self._tasks_limit = _open(directories, "pids.max")
        self._tasks_used = _open(directories, "pids.current")
        self._cpu_max = _open(directories, "cpu.max")
        self._cpu_quota = _open(directories, "cpu.cfs_quota_us")
        self._cpu_period = _open(directories, "cpu.cfs_period_us")
        self._cpu_stat = _open(directories, "cpu.stat")
        self._cpu_usage = _open(directories, "cpuacct.usage")

    def memory_limit_bytes(self) -> int | None:
        """None = no limit."""
        limit = self._memory_limit.number() if self._memory_limit else None
        return limit if limit is not None and limit < _NO_LIMIT_BYTES else None

    def memory_used_bytes(self) -> int | None:
        """Without the page cache that the kernel would take back first."""
        used = self._memory_used.number() if self._memory_used else None
        reclaimable = self._memory_stat.field("inactive_file") if self._memory_stat else None
        return None if used is None else used - (reclaimable or 0)

    def tasks_limit(self) -> int | None:
        """Threads and processes; None = no limit."""
        return self._tasks_limit.number() if self._tasks_limit else None

    def tasks_used(self) -> int | None:
        """Threads and processes that there are now."""
        return self._tasks_used.number() if self._tasks_used else None

    def cpu_limit_cores(self) -> float | None:
        """None = no limit. ``cpu.max`` is «quota period» or «max period»; v1 has two files and -1 for none."""
        words = self._cpu_max.text().split() if self._cpu_max else []
        if len(words) == 2 and words[0] != "max":  # noqa: PLR2004 - quota and period
            return int(words[0]) / int(words[1])
        quota = self._cpu_quota.number() if self._cpu_quota else None
        period = self._cpu_period.number() if self._cpu_period else None
        return quota / period if quota and period and quota > 0 else None

    def cpu_used_seconds(self) -> float | None:
        """Since the group was made."""
        microseconds = self._cpu_stat.field("usage_usec") if self._cpu_stat else None
        if microseconds is not None:
            return microseconds / 1e6
        nanoseconds = self._cpu_usage.number() if self._cpu_usage else None
        return None if nanoseconds is None else nanoseconds / 1e9


def own_cgroups(root: Path, membership: Path) -> list[Cgroup]:
    """Our group and all above it, as far as they can be seen: the tightest limit on the way up is the one that holds.

    ``root`` is where they are mounted, ``membership`` our ``/proc/self/cgroup``. Version 2 comes first where there are
    both, in ``unified``: its ``cpu.stat`` has the use, also where no controller is its own (cgroups(7), v2 base files).
    """
    levels: dict[Path, list[Path]] = {}
    for line in sorted(_lines(membership), key=lambda line: not line.startswith("0::")):
        _, controllers, path = line.split(":", 2)
        names = {controllers, *controllers.split(",")} if controllers else {"", "unified"}
        bases = [root / name for name in sorted(names)]
        relative = Path(path.lstrip("/"))
        for part in (relative, *relative.parents):
            levels.setdefault(part, []).extend(base / part for base in bases if (base / part).is_dir())
    return [Cgroup(directories) for directories in levels.values() if directories]


def _open(directories: Sequence[Path], *names: str) -> KernelFile | None:
    return open_first(directory / name for name in names for directory in directories)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # a kernel without control groups
        return []
