"""How much CPU and memory is left to us, as the kernel will enforce it: our cgroups' limits before the machine's.

The whole host, as most tools show it, is not ours in a container or under systemd's MemoryMax.
"""

from __future__ import annotations

from pathlib import Path

from punctuald.clock import Clock
from punctuald.process.cgroup import Cgroup, own_cgroups
from punctuald.process.kernel_file import KernelFile, open_first

_LIMITS_SECONDS = 10.0  # how often limits are looked up: they change when somebody changes them, use does all the time
_IDLE_FIELDS = slice(3, 5)  # of /proc/stat's first line: idle, and waiting for a disk
_GUEST_FIELDS = slice(8, None)  # counted in user and nice already

_Used = tuple[float, float]
"""Of something that is used up: what there was in all, and how much of it was used, so far."""


class Machine:
    """Reads limits and use. ``cgroups`` and ``proc`` are for tests."""

    def __init__(self, clock: Clock, *, cgroups: Path = Path("/sys/fs/cgroup"), proc: Path = Path("/proc")) -> None:
        self._clock = clock
        self._meminfo = open_first([proc / "meminfo"])
        self._stat = open_first([proc / "stat"])
        self._cgroups = own_cgroups(cgroups, proc / "self" / "cgroup")
        self._memory_limits: list[tuple[Cgroup, int]] = []
        self._cpu_limits: list[tuple[Cgroup, float]] = []
        self._limits_due_mono = float("-inf")
        self._cpu_before: dict[Cgroup | None, _Used] = {}
        self.cpu_share()  # the first one has nothing to compare with: the interval begins here

    def cpu_share(self) -> float | None:
        """Used since the last call, of what we may use: 0 to 1; None = not known.

        Of several limits, the one that is nearest to being reached counts; without any, the host's cores are the limit.
        """
        self._look_up_limits()
        now_mono = self._clock.mono()
        used: dict[Cgroup | None, _Used] = {
            cgroup: (now_mono * cores, seconds)
            for cgroup, cores in self._cpu_limits
            if (seconds := cgroup.cpu_used_seconds()) is not None
        }
        if not used and self._stat is not None:
            used = {None: _host_ticks(self._stat)}
        before, self._cpu_before = self._cpu_before, used
        shares = [_share(before[who], now) for who, now in used.items() if who in before]
        return max(shares, default=None)

    def memory_available_bytes(self) -> int | None:
        """What can still be had before the kernel kills somebody; None = not known."""
        self._look_up_limits()
        kibibytes = self._meminfo.field("MemAvailable:") if self._meminfo else None
        available = [] if kibibytes is None else [kibibytes * 1024]
        for cgroup, limit in self._memory_limits:
            used = cgroup.memory_used_bytes()
            if used is not None:
                available.append(max(0, limit - used))
        return min(available, default=None)

    def _look_up_limits(self) -> None:
        if self._clock.mono() < self._limits_due_mono:
            return
        self._limits_due_mono = self._clock.mono() + _LIMITS_SECONDS
        groups = self._cgroups
        self._memory_limits = [(group, size) for group in groups if (size := group.memory_limit_bytes()) is not None]
        self._cpu_limits = [(group, cores) for group in groups if (cores := group.cpu_limit_cores()) is not None]


def own_memory_bytes(pid: int | None = None) -> int:
    """What only this process holds: pages shared by fork would be counted once for each process otherwise.

    Raises OSError where there is no such process (any more).
    """
    lines = Path(f"/proc/{pid or 'self'}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def _host_ticks(stat: KernelFile) -> _Used:
    ticks = [int(word) for word in stat.text().split("\n", 1)[0].split()[1:]]
    everything = sum(ticks) - sum(ticks[_GUEST_FIELDS])
    return everything, everything - sum(ticks[_IDLE_FIELDS])


def _share(before: _Used, now: _Used) -> float:
    there_was = now[0] - before[0]
    return max(0.0, min(1.0, (now[1] - before[1]) / there_was)) if there_was > 0 else 0.0
