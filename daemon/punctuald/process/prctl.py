"""What a process asks the kernel to do with it: prctl(2)."""

from __future__ import annotations

import ctypes
import signal

_SET_PDEATHSIG = 1
_SET_NAME = 15
_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: a child only calls it


def die_with_parent(number: signal.Signals) -> None:
    """Get this signal when the thread ends that is the parent now."""
    _libc.prctl(_SET_PDEATHSIG, number, 0, 0, 0)


def set_name(name: str) -> None:
    """As ``ps`` and ``top`` show it; 15 bytes of it."""
    _libc.prctl(_SET_NAME, name.encode()[:15], 0, 0, 0)


def become_subreaper() -> None:
    """Whoever loses his parent below this process becomes its child."""
    _libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
