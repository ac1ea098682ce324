"""What is shared by queues whose handlers run in the same way: slots, what is ready for them, the prefetch budget."""

from __future__ import annotations

from punctuald.delivery.ready.ready_queue import ReadyQueue
from punctuald.delivery.receive.prefetch_budget import PrefetchBudget
from punctuald.delivery.run.dispatcher import Dispatcher
from punctuald.delivery.run.runner import Runner

from .worker_context import WorkerContext


class HandlerPool:
    """One for each kind of handler: functions share the worker's threads, coroutines its second event loop."""

    def __init__(self, runner: Runner, context: WorkerContext) -> None:
        self.runner = runner
        ready = ReadyQueue()
        self.budget = PrefetchBudget(runner, ready, context.prefetch_limit)
        self.dispatcher = Dispatcher(runner, ready, context.clock, self.budget.service_times)
        self.dispatcher.start()
