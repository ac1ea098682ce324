"""Processes by their group: who is left in one, and a signal to all of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_DEAD = {"Z", "X"}


def has_members(group: int) -> bool:
    """Whether any process is left in it, one that has ended and was not reaped among them. Asks the kernel only."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user, by setuid
        return True
    return True


def names_of_members(group: int) -> list[str]:
    """The command name of each live process in a group whose leader was reaped; empty where a process has the leader's
    number: then that was given to somebody else, and so was the group's."""
    if (_PROC / str(group)).exists():
        return []
    return sorted(name for name, of in _everybody() if of == group)


def _everybody() -> list[tuple[str, int]]:
    """Command name and group of all processes that we may see."""
    found: list[tuple[str, int]] = []
    with os.scandir(_PROC) as entries:
        numbers = [entry.name for entry in entries if entry.name.isdigit()]
    for number in numbers:
        with suppress(OSError):  # it has ended meanwhile
            # «pid (name) state parent group …»; the name may hold spaces and parentheses
            before, _, after = (_PROC / number / "stat").read_bytes().rpartition(b")")
            state, _, group, *_ = after.split()
            if state.decode() not in _DEAD:
                found.append((before.partition(b"(")[2].decode(errors="replace"), int(group)))
    return found


def signal_group(group: int, number: signal.Signals) -> None:
    """To all that are left, but for those that we may not signal."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def signal_child(pid: int, number: signal.Signals) -> None:
    """To a child of ours that was not reaped, and to its group; to itself only, where it was forked just now and leads
    no group yet."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    except PermissionError:  # all of the group are another user's by now
        return


def has_exited(pid: int) -> bool:
    """Whether a child of ours has, without reaping it: so its number stays its own, and its group's."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def suspend(pids: Iterable[int]) -> None:
    """Ctrl-Z: stop ourselves and our children, which the terminal does not reach, until SIGCONT comes.

    By SIGTSTP's default action, so that the kernel decides: nobody could continue a process without a shell.
    """
    children = [pid for pid in pids if pid]
    for child in children:
        signal_child(child, signal.SIGSTOP)
    before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, before)
    for child in children:
        signal_child(child, signal.SIGCONT)
