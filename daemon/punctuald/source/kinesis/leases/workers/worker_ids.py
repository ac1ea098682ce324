"""The names of our workers in a lease table: they say which process it is, so that its neighbours need not wait to find
out that it is dead."""

from __future__ import annotations

import functools
import os
import socket
from hashlib import blake2s
from pathlib import Path
from uuid import uuid4

OUR_NAME = "punctuald-"
"""How the ids of our workers begin: they hand a lease over when they are asked."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PROCESS_NUMBERS = Path("/proc/self/ns/pid")
_SEPARATOR = ":"
_PARTS = 4


def new_worker_id() -> str:
    """One that no other worker has or had: host, where its process number counts, that number, and a random part."""
    return _SEPARATOR.join([f"{OUR_NAME}{socket.gethostname()}", _neighbourhood(), str(os.getpid()), uuid4().hex[:12]])


def is_ours(worker_id: str) -> bool:
    """Whether it is one of our workers', of whatever host."""
    return worker_id.startswith(OUR_NAME)


def is_surely_dead(worker_id: str) -> bool:
    """Whether it was a process where this one runs, and there is no such process any more.

    False where that can't be known: of another host, or of a container with process numbers of its own. A number that
    another process has by now counts as alive: then the lease expires as any other.
    """
    parts = worker_id.rsplit(_SEPARATOR, _PARTS - 1)
    if parts[:2] != [f"{OUR_NAME}{socket.gethostname()}", _neighbourhood()] or len(parts) != _PARTS:
        return False
    try:
        os.kill(int(parts[2]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError, OverflowError):  # another user's is alive
        return False
    return False


@functools.cache
def _neighbourhood() -> str:
    """The same for all processes whose numbers count together: in this boot of the machine, and in one namespace. Where
    the kernel does not say, nobody else's."""
    try:
        known = f"{BOOT_ID.read_text(encoding='ascii').strip()} {PROCESS_NUMBERS.readlink()}"
    except OSError:
        return uuid4().hex[:8]
    return blake2s(known.encode(), digest_size=4).hexdigest()
