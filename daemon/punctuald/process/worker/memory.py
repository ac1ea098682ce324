"""How much a worker takes: memory that nobody else shares, and threads."""

from __future__ import annotations

import psutil


def own_memory_bytes(pid: int | None = None) -> int:
    """What only this process holds: pages shared by fork would be counted once for each process otherwise.

    Raises OSError where there is no such process (any more).
    """
    try:
        return int(psutil.Process(pid).memory_full_info().uss)
    except psutil.Error as error:
        raise ProcessLookupError(str(error)) from error


def threads_of(pid: int) -> int:
    """How many threads a process has. Raises OSError where there is no such process (any more)."""
    try:
        return int(psutil.Process(pid).num_threads())
    except psutil.Error as error:
        raise ProcessLookupError(str(error)) from error
