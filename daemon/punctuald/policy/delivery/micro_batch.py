"""How many messages a handler thread gets at once, and how many threads may compute at the same time.

Handing a message to a thread and its outcome back costs as much as handling several messages of some microseconds, so
such messages are handed over together. Their mean time says nothing about the next message: those that wait behind one
that turns out slow are taken back by the straggler timer.
"""

from __future__ import annotations

from typing import NamedTuple

WORK_SECONDS = 0.005
"""One switch interval of CPython: a thread that computes keeps the interpreter's lock (the GIL) for so long anyway."""

MOST = 64
STRAGGLING_FACTOR = 2
"""A micro-batch that takes twice as long as expected is taken to be at a message that is slower than the mean."""

SHARED_FROM_SECONDS = 0.002
"""Less work than this is not shared: it would be done before a second thread has woken."""

CPU_BOUND_AT_ONCE = 2
"""Only one of the threads that compute runs at a time, and each further one makes the event loop wait 5 ms longer for
its turn."""

ONE_CORE_AND_MORE = 1.3
"""Handlers that together use more CPU than one core has let go of the lock (numpy, zlib, hashlib): more of them at once
do more work."""

CPU_BOUND_SHARE = 0.7
LOOK_SECONDS = 0.02
"""How long messages wait for handlers that are believed to compute, before the CPU is measured to see if they do."""

MEMORY_SECONDS = 0.05
"""Seconds of work: so much weighs as much in a mean as all the work before it."""


class CpuUse(NamedTuple):
    """What handlers of one kind do with their time: means over the time that recent micro-batches took.

    ``cores`` is how many cores the micro-batches that run at once use together. ``quiet_share`` is the CPU seconds of
    one divided by its seconds on the clock, measured while at most two ran: among more of them, each gets less CPU
    than it could use.
    """

    cores: float = 0.0
    quiet_share: float = 1.0


def after_run(use: CpuUse, cpu_seconds: float, wall_seconds: float, at_once: int) -> CpuUse:
    """``use``, after one more micro-batch beside which ``at_once`` - 1 others ran.

    It is weighted by its duration: a thousand messages of microseconds must not hide the one among them that waits for
    a second and uses no CPU meanwhile.
    """
    share = min(1.0, cpu_seconds / wall_seconds) if wall_seconds > 0 else 0.0
    weight = wall_seconds / (wall_seconds + MEMORY_SECONDS)
    quiet_share = use.quiet_share
    if at_once <= CPU_BOUND_AT_ONCE:
        quiet_share += (share - quiet_share) * weight
    return CpuUse(use.cores + (share * at_once - use.cores) * weight, quiet_share)


def computes(use: CpuUse) -> bool:
    """Whether handlers of this kind do nothing but compute, and hold Python's lock while they do.

    However many of these run, together they use one core; handlers that wait use less, and those that let go of the
    lock use more. Handlers of which two would not fill a core mostly wait.
    """
    one_core = CPU_BOUND_SHARE < use.cores <= ONE_CORE_AND_MORE
    return one_core and CPU_BOUND_AT_ONCE * use.quiet_share > CPU_BOUND_SHARE


def most_at_once(use: CpuUse, slots: int) -> int:
    """How many micro-batches of this kind may run at once: two where they compute, else one for each slot."""
    return min(slots, CPU_BOUND_AT_ONCE) if computes(use) else slots


def length(mean_service_seconds: float | None, use: CpuUse, ready: int, idle_threads: int) -> int:
    """How many of ``ready`` messages one of ``idle_threads`` (1 or more) takes at once, 1 to 64."""
    if not mean_service_seconds:
        return 1
    # Of two that compute, each spends half of its time waiting for the other, and that half is no work.
    work_seconds = mean_service_seconds * use.quiet_share if computes(use) else mean_service_seconds
    most = max(1, min(int(WORK_SECONDS / work_seconds), MOST))
    if idle_threads > 1 and ready * work_seconds > SHARED_FROM_SECONDS:
        return min(most, -(-ready // idle_threads))
    return most


def straggling_after_seconds(use: CpuUse) -> float:
    """After how many seconds a micro-batch is taken to be at a message that is slower than the mean."""
    return STRAGGLING_FACTOR * WORK_SECONDS * (CPU_BOUND_AT_ONCE if computes(use) else 1)


def after_look(use: CpuUse, cpu_seconds: float, wall_seconds: float) -> CpuUse:
    """``use``, after measuring the CPU of the whole process while handlers were held back because they seem to compute.

    ``after_run`` sees only micro-batches that have ended, and assumes that those beside them are alike: quick ones
    beside three that sleep look like four that compute. Where the process uses less CPU than handlers that compute
    would, the belief that they compute is dropped.
    """
    return use if cpu_seconds > CPU_BOUND_SHARE * wall_seconds else CpuUse()
