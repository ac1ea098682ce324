"""The hooks of the user's modules, and what calls them: a thread for functions, an event loop for coroutines."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from functools import partial

from punctuald.delivery.consumer import Consumer
from punctuald.delivery.run.coroutine_loop import CoroutineLoop
from punctuald.delivery.run.this_process import end_fork, this_process
from punctuald.delivery.worker_context import WorkerContext
from punctuald.handler import CoroutineHandler, Handler, Hook, ModuleHooks, load_hooks
from punctuald.handler.failures import FailureLog
from punctuald.process.worker.hooks import Hooks
from punctuald.process.worker.module_life import ModuleLife
from punctuald.process.worker.readiness import Readiness
from punctuald.source.blocking import BlockingThreads
from punctuald.worker_info import WorkerInfo

from .outline import Outline, place_of


def load_all_hooks(outline: Outline) -> list[ModuleHooks]:
    """Those of each queue's module, in the queues' order, once its handler is loaded. Raises `ConfigurationError`."""
    return [
        load_hooks(queue.handler, where=place_of(outline.config_path, outline.settings, number))
        for number, queue in enumerate(outline.settings.sources)
    ]


def build_hooks(
    outline: Outline,
    index: int,
    of_queue: Sequence[ModuleHooks],
    handlers: Sequence[Handler | CoroutineHandler],
    consumers: Sequence[Consumer],
    context: WorkerContext,
    readiness: Readiness,
) -> Hooks:
    """``of_queue``, ``handlers`` and ``consumers`` are in the queues' order; several queues may share a module."""
    loop = _loop_of(consumers, of_queue, outline, context)
    numbers: dict[str, list[int]] = {}
    for number, hooks in enumerate(of_queue):
        numbers.setdefault(hooks.module, []).append(number)

    def life(module: str, of_module: Sequence[int]) -> ModuleLife:
        worker = WorkerInfo(index, _slots(outline, [handlers[number] for number in of_module]))
        return ModuleLife(
            of_queue[of_module[0]],
            [consumers[number] for number in of_module],
            _Calls(module, worker, loop),
            readiness=readiness,
            illness=context.illness,
            clock=outline.clock,
            jitter=context.jitter,
        )

    return Hooks([life(*each) for each in numbers.items()])


class _Calls:
    """A module's functions have one thread of their own, the same from start to stop: what one opens may be usable in
    its thread only, and one that hangs keeps no other module's waiting."""

    def __init__(self, module: str, worker: WorkerInfo, loop: CoroutineLoop | None) -> None:
        self._worker = worker
        self._loop = loop
        self._thread = BlockingThreads(f"hooks-{module}", most=1)

    async def __call__(self, hook: Hook) -> None:
        if hook.is_coroutine and self._loop is not None:
            await self._loop.call(partial(hook.run_async, self._worker))
        else:
            await self._thread.run(partial(_run, hook, self._worker))


def _run(hook: Hook, worker: WorkerInfo) -> None:
    pid = this_process.pid
    try:
        hook.run(worker)
    finally:
        if this_process.pid != pid:
            end_fork()


def _loop_of(
    consumers: Sequence[Consumer], of_queue: Sequence[ModuleHooks], outline: Outline, context: WorkerContext
) -> CoroutineLoop | None:
    """The one of the coroutine handlers; where there are none, one for the hooks, if they need it."""
    runners = [each.pool.runner for each in consumers]
    loop = next((runner for runner in runners if isinstance(runner, CoroutineLoop)), None)
    hooks = [hook for each in of_queue for hook in (each.on_start, each.on_stop) if hook is not None]
    if loop is None and any(hook.is_coroutine for hook in hooks):
        loop = CoroutineLoop({}, (), context.clock, FailureLog(outline.clock, context.limited).log)
        loop.start(lambda _: None)
    if loop is not None:
        atexit.register(loop.close)  # runs before what the modules registered when they were imported
    return loop


def _slots(outline: Outline, handlers: Sequence[Handler | CoroutineHandler]) -> int:
    pool = outline.settings.pool
    threads = any(isinstance(each, Handler) for each in handlers)
    coroutines = any(isinstance(each, CoroutineHandler) for each in handlers)
    return threads * pool.slots + coroutines * pool.coroutines
