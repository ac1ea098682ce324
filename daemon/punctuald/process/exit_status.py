"""What an exit status of ours means, of a command, the daemon or a worker; numbers are those of sysexits(3)."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """78 is the one that a service manager must not restart on: only a person can change it.

    A command that is called wrongly ends with 2, which is click's own.
    """

    OK = 0
    FAILED = 1
    UNHEALTHY = 3  # of `punctuald doctor`: an error among its findings; 2 is click's
    CRASHED = 70  # EX_SOFTWARE: a defect of punctuald, or of a worker a handler that passed its time limit
    NOT_YET = 75  # EX_TEMPFAIL: a worker that lacks something, to start or to go on; it is started again
    MISCONFIGURED = 78  # EX_CONFIG
    INTERRUPTED = 130  # 128 + SIGINT, as shells report it
