"""Refuses to fork a process that has more than one thread.

The child would have that one thread only, and for ever whatever locks the others held. CPython warns of it since 3.12,
but drops that warning where warnings are errors, as they are in these tests: so we look ourselves.
"""

from __future__ import annotations

import sys
import threading


class ForkAmongThreads(Exception):
    """Fork from a process of its own instead, or end the threads first."""


def refuse_forks_among_threads() -> None:
    """From now on, in this process and those that it forks; a subprocess is not affected, for it calls exec at once."""
    sys.addaudithook(_refuse_fork_among_threads)


def _refuse_fork_among_threads(event: str, _arguments: tuple[object, ...]) -> None:
    # Not the tasks of /proc: one that was joined may stay there for a moment.
    if event == "os.fork" and threading.active_count() > 1:
        raise ForkAmongThreads(", ".join(thread.name for thread in threading.enumerate()))
