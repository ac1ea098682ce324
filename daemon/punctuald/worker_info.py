"""What a hook of a handler's module gets to know of its worker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """The worker that a hook (``on_start``, ``on_stop``) runs in.

    ``index`` is its place in the pool, from 0: no two live workers of a daemon have the same, and a successor may have
    another one. ``slots`` is how many calls of the module's handlers may run in it at once: ``[pool] slots`` where they
    are functions, ``[pool] coroutines`` where they are coroutines, and both together where there are both kinds.
    """

    index: int
    slots: int
