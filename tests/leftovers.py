"""Finds the processes that a run of the tests left behind, however far they went from their parent."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress

import psutil

MARKER = "PUNCTUALD_TEST_RUN"
GRACE_SECONDS = 5.0


class Leftovers:
    """Whatever was started since this was made, by this process or by what it started.

    Two nets, because each has a hole: a daemon that lost its parent is no descendant any more, but it still has the
    environment that it was started with; a child that was forked without exec shows its parent's first environment,
    which is older than the marker, but it is our child.
    """

    def __init__(self) -> None:
        self._run = uuid.uuid4().hex
        self._older = {child.pid for child in psutil.Process().children()}
        os.environ[MARKER] = self._run

    def found(self) -> list[psutil.Process]:
        """Those that are there now, zombies among them."""
        children = psutil.Process().children(recursive=True)
        ours = {child for child in children if child.pid not in self._older}
        return sorted(ours | self._marked(), key=lambda process: process.pid)

    def end(self, *, grace_seconds: float = GRACE_SECONDS) -> list[str]:
        """Give what is just ending a moment, kill the others, and tell which those were."""
        _, left = psutil.wait_procs(self.found(), timeout=grace_seconds)
        told = [_described(process) for process in left]
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return told

    def _marked(self) -> set[psutil.Process]:
        everybody = psutil.process_iter(["environ"])  # None where we may not look, or there is nothing left to see
        return {process for process in everybody if (process.info["environ"] or {}).get(MARKER) == self._run}


def _described(process: psutil.Process) -> str:
    with process.oneshot():
        try:
            return f"{process.pid} ({process.status()}): {' '.join(process.cmdline())}"
        except psutil.Error as error:  # it went just now
            return f"{process.pid}: {error}"
