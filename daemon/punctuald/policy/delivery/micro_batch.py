"""How many messages a handler thread gets at once, and how many threads may compute at the same time.

To hand a message to a thread and its outcome back costs as much as several messages of some microseconds, so such
messages go over together. The mean says nothing of the next message: what waits behind one that turns out slow is
taken back by the straggler timer.
"""

from __future__ import annotations

from typing import NamedTuple

WORK_SECONDS = 0.005
"""One switch interval of CPython: a thread that computes keeps the lock for so long anyway."""

MOST = 64
STRAGGLING_FACTOR = 2
"""A micro-batch that takes twice as long as it was reckoned to is at a message that takes longer."""

SHARED_FROM_SECONDS = 0.002
"""Less work than this is done before a second thread would have woken."""

CPU_BOUND_AT_ONCE = 2
"""Of threads that compute only one runs at a time, and each more makes the event loop wait 5 ms longer for its turn."""

ONE_CORE_AND_MORE = 1.3
"""Handlers that together get more CPU than one core do let go of the lock (numpy, zlib, hashlib): they gain by more."""

CPU_BOUND_SHARE = 0.7
LOOK_SECONDS = 0.02
"""How long messages wait for handlers that are taken to compute, before a look at whether they do."""

MEMORY_SECONDS = 0.05
"""Of work: so much weighs as much as all that was before."""


class CpuUse(NamedTuple):
    """What handlers of one kind do with their time: means over the time that recent micro-batches took.

    ``cores`` is how many cores those that run at once get together. ``quiet_share`` is the CPU seconds of one by its
    seconds on the clock, measured while at most two ran: among more, each gets less however much it could use.
    """

    cores: float = 0.0
    quiet_share: float = 1.0


def after_run(use: CpuUse, cpu_seconds: float, wall_seconds: float, at_once: int) -> CpuUse:
    """``use``, after one more micro-batch beside which ``at_once`` - 1 others ran.

    It weighs by its time: a thousand messages of microseconds must not hide the one among them that waits for a second,
    and needs no CPU for it.
    """
    share = min(1.0, cpu_seconds / wall_seconds) if wall_seconds > 0 else 0.0
    weight = wall_seconds / (wall_seconds + MEMORY_SECONDS)
    quiet_share = use.quiet_share
    if at_once <= CPU_BOUND_AT_ONCE:
        quiet_share += (share - quiet_share) * weight
    return CpuUse(use.cores + (share * at_once - use.cores) * weight, quiet_share)


def computes(use: CpuUse) -> bool:
    """Whether handlers of this kind do nothing but compute, and hold Python's lock while they do.

    Those get one core together, however many run; those that wait get less, and those that let go of the lock more.
    Where two of them would not fill a core, they mostly wait.
    """
    one_core = CPU_BOUND_SHARE < use.cores <= ONE_CORE_AND_MORE
    return one_core and CPU_BOUND_AT_ONCE * use.quiet_share > CPU_BOUND_SHARE


def most_at_once(use: CpuUse, slots: int) -> int:
    """How many micro-batches of this kind may run at once: two of those that compute, of others one a slot."""
    return min(slots, CPU_BOUND_AT_ONCE) if computes(use) else slots


def length(mean_service_seconds: float | None, use: CpuUse, ready: int, idle_threads: int) -> int:
    """How many of ``ready`` messages one of ``idle_threads`` (1 or more) takes at once, 1 to 64."""
    if not mean_service_seconds:
        return 1
    # Of two that compute each waits for the other half of its time, which is no work.
    work_seconds = mean_service_seconds * use.quiet_share if computes(use) else mean_service_seconds
    most = max(1, min(int(WORK_SECONDS / work_seconds), MOST))
    if idle_threads > 1 and ready * work_seconds > SHARED_FROM_SECONDS:
        return min(most, -(-ready // idle_threads))
    return most


def straggling_after_seconds(use: CpuUse) -> float:
    """After how long a micro-batch is at a message that takes longer than it was reckoned to."""
    return STRAGGLING_FACTOR * WORK_SECONDS * (CPU_BOUND_AT_ONCE if computes(use) else 1)


def after_look(use: CpuUse, cpu_seconds: float, wall_seconds: float) -> CpuUse:
    """``use``, after a look at what the whole process took of the CPU while handlers were held back as computing.

    ``after_run`` knows micro-batches that have ended, and takes those beside them to be alike: quick ones beside three
    sleepers look like four that compute. Where the process takes less than computing handlers would, that is forgotten.
    """
    return use if cpu_seconds > CPU_BOUND_SHARE * wall_seconds else CpuUse()
