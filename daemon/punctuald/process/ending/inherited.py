"""What a fresh child has of its parent's that runs at the exit of a process, and must run in the parent only."""

from __future__ import annotations

import atexit
import sys
import weakref


def leave_parents_exit_functions() -> None:
    """Call it once in the child, before code of the user's is imported: what is registered from here on is the child's
    own, and runs at its end (`end_process`)."""
    atexit._clear()
    _keep_parents_finalizers()
    multiprocessing_util = sys.modules.get("multiprocessing.util")
    if multiprocessing_util is not None:
        multiprocessing_util._finalizer_registry.clear()


def _keep_parents_finalizers() -> None:
    """`weakref.finalize` registers itself with atexit once, for all finalizers: what was cleared has to come again with
    the child's first one. Those that are there already are the parent's: a directory that it means to remove, say."""
    finalize = weakref.finalize
    for finalizer in tuple(getattr(finalize, "_registry", ())):
        finalizer.atexit = False
    if hasattr(finalize, "_registered_with_atexit"):
        finalize._registered_with_atexit = False
