"""How much CPU and memory is left to us, as the kernel will enforce it: our cgroup's limits before the machine's.

psutil sees the whole host. In a container or under systemd's MemoryMax that is not ours: see cgroups(7), v2 first.
"""

from __future__ import annotations

from pathlib import Path

import psutil

from punctuald.clock import Clock

_NO_LIMIT_BYTES = 1 << 60  # cgroup v1 says «none» with a huge number


class Machine:
    """Reads limits and use. ``root`` and ``membership`` are for tests."""

    def __init__(
        self,
        clock: Clock,
        *,
        root: Path = Path("/sys/fs/cgroup"),
        membership: Path = Path("/proc/self/cgroup"),
    ) -> None:
        self._clock = clock
        self._groups = _own_groups(root, membership)
        self._used_before: tuple[float, float] | None = None
        psutil.cpu_percent()  # its first answer is always 0.0: the interval begins here

    def cpu_share(self) -> float:
        """Used since the last call, of what we may use: 0 to 1."""
        limit_cores = self._cpu_limit_cores()
        if limit_cores is None:
            return min(1.0, float(psutil.cpu_percent()) / 100)
        now_mono, used_seconds = self._clock.mono(), self._cpu_used_seconds()
        before, self._used_before = self._used_before, (now_mono, used_seconds)
        if before is None or now_mono <= before[0]:
            return 0.0
        return min(1.0, (used_seconds - before[1]) / (now_mono - before[0]) / limit_cores)

    def memory_available_bytes(self) -> int:
        """What can still be had before the kernel kills somebody."""
        available = [int(psutil.virtual_memory().available)]
        for group in self._groups:
            limit = _number(group / "memory.max") or _number(group / "memory.limit_in_bytes")
            used = _number(group / "memory.current") or _number(group / "memory.usage_in_bytes")
            if limit is not None and used is not None and limit < _NO_LIMIT_BYTES:
                available.append(max(0, limit - used + _reclaimable(group)))
        return min(available)

    def _cpu_limit_cores(self) -> float | None:
        limits = [cores for group in self._groups if (cores := _quota(group)) is not None]
        return min(limits, default=None)

    def _cpu_used_seconds(self) -> float:
        for group in self._groups:
            usage = _field(group / "cpu.stat", "usage_usec")
            if usage is not None:
                return usage / 1e6
            nanoseconds = _number(group / "cpuacct.usage")
            if nanoseconds is not None:
                return nanoseconds / 1e9
        return 0.0


def own_memory_bytes(pid: int | None = None) -> int:
    """What only this process holds: pages shared by fork would be counted once for each process otherwise."""
    return int(psutil.Process(pid).memory_full_info().uss)


def _own_groups(root: Path, membership: Path) -> list[Path]:
    """Our group and all above it: the tightest limit on the way up is the one that holds."""
    groups: list[Path] = []
    for line in _lines(membership):
        _, controllers, path = line.split(":", 2)
        bases = [root] if not controllers else [root / name for name in {controllers, *controllers.split(",")}]
        relative = Path(path.lstrip("/"))
        for base in bases:
            groups += [base / part for part in (relative, *relative.parents) if (base / part).is_dir()]
    return groups


def _quota(group: Path) -> float | None:
    """cores: ``cpu.max`` is «quota period» or «max period» (v2); v1 has two files and -1 for none."""
    words = "".join(_lines(group / "cpu.max")[:1]).split()
    if len(words) == 2 and words[0] != "max":  # noqa: PLR2004 - quota and period
        return int(words[0]) / int(words[1])
    quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    return quota / period if quota and period and quota > 0 else None


def _reclaimable(group: Path) -> int:
    return _field(group / "memory.stat", "inactive_file") or 0


def _field(path: Path, name: str) -> int | None:
    for line in _lines(path):
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return None


def _number(path: Path) -> int | None:
    words = _lines(path)
    return int(words[0]) if words and words[0].lstrip("-").isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # not every kernel, version and level has every file
        return []
