"""A handler's module between its hooks, as it is in a worker between start and end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from punctuald.handler import Hook, load_handler, load_hooks
from punctuald.worker_info import WorkerInfo

from .tried_handler import TIME_LIMIT_SECONDS, HandlerOrSpec, refuse_running_loop

FIRST_WORKER = WorkerInfo(index=0, slots=4)
"""The first of a pool, with the ``[pool] slots`` of a configuration that has none."""

_runners: list[asyncio.Runner] = []


@contextmanager
def started(
    handler: HandlerOrSpec, *, handler_path: str | Path = ".", worker: WorkerInfo = FIRST_WORKER
) -> Iterator[None]:
    """Call the hooks of the module of ``handler``: ``on_start`` at the beginning of the with-block, ``on_stop`` at its
    end. A module need not have them.

    ``handler`` is ``module:function``, imported from ``handler_path`` first, or a function: then the module is the one
    that it was written in. ``worker`` is what a hook of one argument gets. Within the block, coroutines that
    `run_handler` and `MemoryQueue.drain` run have the same event loop as hooks that are coroutines, as in a worker.
    What a hook raises comes out of the block; after an ``on_start`` that raised, ``on_stop`` is not called.

    Raises `ConfigurationError` for a hook that can't be called as one, and `RuntimeError` inside a running event loop.

    >>> import sys
    >>> from punctuald.testing import run_handler, started
    >>> def on_start(worker):
    ...     global room
    ...     room = [f"worker {worker.index}"]
    >>> def handle(message):
    ...     room.append(message.body)
    >>> sys.modules[handle.__module__].on_start = on_start  # in a module of your own it stands there
    >>> with started(handle):
    ...     [result] = run_handler(handle, "an order")
    >>> room
    ['worker 0', 'an order']
    """
    refuse_running_loop("started")
    hooks = load_hooks(_spec(handler, handler_path), where="the test")
    with closing(asyncio.Runner()) as runner:
        _run(hooks.on_start, worker, runner)
        _runners.append(runner)
        try:
            yield
        finally:
            _runners.pop()
            _run(hooks.on_stop, worker, runner)


@contextmanager
def event_loop() -> Iterator[asyncio.Runner]:
    """What coroutines run on: the loop of the with-block of `started`, else one of their own."""
    if _runners:
        yield _runners[-1]
    else:
        with closing(asyncio.Runner()) as runner:  # makes its loop when the first coroutine runs
            yield runner


def _spec(handler: HandlerOrSpec, handler_path: str | Path) -> str:
    if not isinstance(handler, str):
        return f"{handler.__module__}:"
    load_handler(handler, Path(handler_path).resolve(), where="the test", time_limit_seconds=TIME_LIMIT_SECONDS)
    return handler


def _run(hook: Hook | None, worker: WorkerInfo, runner: asyncio.Runner) -> None:
    if hook is None:
        return
    if hook.is_coroutine:
        runner.run(hook.run_async(worker))
    else:
        hook.run(worker)
