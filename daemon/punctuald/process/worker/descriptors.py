"""How many descriptors a worker has open, and how many it may."""

from __future__ import annotations

import resource
from pathlib import Path

import psutil


def open_descriptors() -> int:
    """Of this process. Since Linux 6.2 the size of the directory is their number (proc_pid_fd(5)); before, it is 0."""
    directory = Path(psutil.PROCFS_PATH) / "self" / "fd"
    return directory.stat().st_size or sum(1 for _ in directory.iterdir())


def descriptor_limit() -> int | None:
    """Of this process (RLIMIT_NOFILE, the soft one that holds); None = no limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft
