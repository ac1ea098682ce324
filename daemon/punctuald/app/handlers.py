"""The user's code of each queue, and what runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from punctuald.config import SourceSettings
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.run.coroutine_loop import CoroutineLoop, CoroutineWork
from punctuald.delivery.run.handler_threads import HandlerThreads, Work
from punctuald.delivery.worker_context import WorkerContext
from punctuald.handler import CoroutineHandler, Handler, load_handler
from punctuald.handler.failures import FailureLog
from punctuald.handler.outcome import outcome_of
from punctuald.policy.pool.slow_import import stack_after_seconds
from punctuald.policy.pool.standstill import LostSeconds
from punctuald.ports import OnFailure
from punctuald.process import fault_stacks
from punctuald.stats.board.row_writer import RowWriter

from .outline import Outline, place_of, search_path_of


def load_handlers(
    outline: Outline, lost_seconds: LostSeconds, importing: Callable[[SourceSettings], None]
) -> list[Handler | CoroutineHandler]:
    """The handlers of all queues, in the queues' order. Call it before the event loop runs, because a module may run
    one of its own while it is imported. ``lost_seconds`` is not charged to their time limits. ``importing`` hears of
    each before it begins; where it all takes so long that the process will be killed, its stack shows where it is.

    Raises `ConfigurationError` or `HandlerUnavailable`.
    """
    fault_stacks.show_after(stack_after_seconds(outline.settings.pool.heartbeat_timeout_seconds))
    handlers: list[Handler | CoroutineHandler] = []
    try:
        for number, queue in enumerate(outline.settings.sources):
            importing(queue)
            handlers.append(load_one(outline, number, queue, lost_seconds))
    finally:
        fault_stacks.show_no_more()
    return handlers


def load_one(
    outline: Outline, number: int, queue: SourceSettings, lost_seconds: LostSeconds
) -> Handler | CoroutineHandler:
    handler = load_handler(
        queue.handler,
        search_path_of(outline.config_path, queue),
        where=place_of(outline.config_path, outline.settings, number),
        time_limit_seconds=queue.time_limit_seconds,
    )
    handler.lost_seconds = lost_seconds
    if queue.down_on:
        handler.judge = partial(outcome_of, down_on=queue.down_on)
    return handler


def build_pools(
    outline: Outline, handlers: Sequence[Handler | CoroutineHandler], context: WorkerContext, stats: RowWriter
) -> list[HandlerPool]:
    """The pool of each queue, in the queues' order: the worker's threads for functions, its second event loop for
    coroutines. Queues share a pool, so there is at most one of each kind."""
    functions = {number: each for number, each in enumerate(handlers) if isinstance(each, Handler)}
    coroutines = {number: each for number, each in enumerate(handlers) if isinstance(each, CoroutineHandler)}
    of_queue: dict[int, HandlerPool] = {}
    on_failure = FailureLog(outline.clock, context.limited, stats.error).log
    if functions:
        of_queue |= dict.fromkeys(functions, HandlerPool(_threads(outline, functions, stats, on_failure), context))
    if coroutines:
        of_queue |= dict.fromkeys(coroutines, HandlerPool(_loop(outline, coroutines, stats, on_failure), context))
    return [of_queue[number] for number in range(len(handlers))]


def _threads(
    outline: Outline, functions: Mapping[int, Handler], stats: RowWriter, on_failure: OnFailure
) -> HandlerThreads:
    queues = outline.settings.sources
    works = {
        number: Work(queues[number].name, handler, queues[number].time_limit_seconds)
        for number, handler in functions.items()
    }
    words = [stats.handler_slot(number) for number in range(outline.settings.pool.slots)]
    return HandlerThreads(works, words, outline.clock, on_failure)


def _loop(
    outline: Outline, coroutines: Mapping[int, CoroutineHandler], stats: RowWriter, on_failure: OnFailure
) -> CoroutineLoop:
    queues, pool = outline.settings.sources, outline.settings.pool
    works = {
        number: CoroutineWork(queues[number].name, handler, queues[number].time_limit_seconds)
        for number, handler in coroutines.items()
    }
    words = [
        stats.handler_slot(pool.slots + number) for number in range(pool.coroutines)
    ]  # behind those of the threads
    return CoroutineLoop(works, words, outline.clock, on_failure)
