"""How much CPU and memory is left to us, as the kernel will enforce it: our cgroups' limits before the host's.

The whole host, as most tools show it, is not ours in a container, under systemd's MemoryMax, or on some of its CPUs.
"""

from __future__ import annotations

from pathlib import Path

import psutil

from punctuald.clock import Clock

from .cgroup import Cgroup, own_cgroups
from .own_cpus import allowed_cpus, cpu_ticks

_LIMITS_SECONDS = 10.0  # how often limits are looked up: they change when somebody changes them, use does all the time

_Used = tuple[float, float]
"""Of something that is used up: what there was in all, and how much of it was used, so far."""


class HostResources:
    """Reads limits and use. ``cgroups`` is for tests; ``pid`` another process than this one, whose cgroups count."""

    def __init__(self, clock: Clock, *, cgroups: Path = Path("/sys/fs/cgroup"), pid: int | None = None) -> None:
        self._clock = clock
        self._cgroups = own_cgroups(cgroups, Path(psutil.PROCFS_PATH) / str(pid or "self") / "cgroup")
        self._memory_limits: list[tuple[Cgroup, int]] = []
        self._cpu_limits: list[tuple[Cgroup, float]] = []
        self._limits_due_mono = float("-inf")
        self._cpu_before: dict[Cgroup | frozenset[int], _Used] = {}
        self.cpu_share()  # the first one has nothing to compare with: the interval begins here

    def cpu_share(self) -> float | None:
        """Used since the last call, of what we may use: 0 to 1; None = not known.

        Of several limits, the one that is nearest to being reached counts: quotas, and the processors that we may run
        on. All of the host's are a limit only where there is no quota.
        """
        self._look_up_limits()
        now_mono = self._clock.mono()
        used: dict[Cgroup | frozenset[int], _Used] = {
            cgroup: (now_mono * cores, seconds)
            for cgroup, cores in self._cpu_limits
            if (seconds := cgroup.cpu_used_seconds()) is not None
        }
        ticks, allowed = cpu_ticks(), allowed_cpus()
        ours = allowed.intersection(ticks)
        if ours and (not used or len(ours) < len(ticks)):
            used[ours] = (sum(ticks[cpu][0] for cpu in ours), sum(ticks[cpu][1] for cpu in ours))
        before, self._cpu_before = self._cpu_before, used
        shares = [_share(before[who], now) for who, now in used.items() if who in before]
        return max(shares, default=None)

    def memory_available_bytes(self) -> int | None:
        """What can still be had before the kernel kills somebody; None = not known."""
        self._look_up_limits()
        host = _host_memory_available_bytes()
        available = [] if host is None else [host]
        for cgroup, limit in self._memory_limits:
            used = cgroup.memory_used_bytes()
            if used is not None:
                available.append(max(0, limit - used))
        return min(available, default=None)

    def tasks_available(self) -> int | None:
        """Threads and processes that our cgroups still allow; None = any number, or not known."""
        counts = [(cgroup.tasks_limit(), cgroup.tasks_used()) for cgroup in self._cgroups]
        return min(
            (max(0, limit - used) for limit, used in counts if limit is not None and used is not None), default=None
        )

    def _look_up_limits(self) -> None:
        if self._clock.mono() < self._limits_due_mono:
            return
        self._limits_due_mono = self._clock.mono() + _LIMITS_SECONDS
        groups = self._cgroups
        self._memory_limits = [(group, size) for group in groups if (size := group.memory_limit_bytes()) is not None]
        self._cpu_limits = [(group, cores) for group in groups if (cores := group.cpu_limit_cores()) is not None]


def _host_memory_available_bytes() -> int | None:
    try:
        return int(psutil.virtual_memory().available)
    except OSError:
        return None


def _share(before: _Used, now: _Used) -> float:
    there_was = now[0] - before[0]
    return max(0.0, min(1.0, (now[1] - before[1]) / there_was)) if there_was > 0 else 0.0
