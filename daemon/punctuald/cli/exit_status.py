"""What the exit status of a `punctuald` command means (the numbers of sysexits.h where it has one)."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """78 is the one that a service manager must not restart on: only a person can change it."""

    OK = 0
    FAILED = 1
    USAGE = 2  # click's own, and every shell's
    INTERNAL = 70  # EX_SOFTWARE: a defect of punctuald
    CONFIGURATION = 78  # EX_CONFIG
    INTERRUPTED = 130  # 128 + SIGINT, as shells report it
