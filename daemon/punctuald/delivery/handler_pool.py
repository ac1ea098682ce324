"""What is shared by queues whose handlers run in the same way: slots, what is ready for them, the prefetch budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.delivery.ready.ready_queue import ReadyQueue
from punctuald.delivery.receive.prefetch_budget import PrefetchBudget
from punctuald.delivery.run.dispatcher import Dispatcher
from punctuald.delivery.run.queue_state import OnFinished
from punctuald.delivery.run.runner import Runner, Running
from punctuald.policy.delivery.service_times import ServiceTimes

from .in_flight import InFlight
from .queue_options import QueueOptions
from .worker_context import WorkerContext


class HandlerPool:
    """One for each kind of handler: functions share the worker's threads, coroutines its second event loop. It is a
    place of the worker's lone runs (`lone_runs.Place`)."""

    def __init__(self, runner: Runner, context: WorkerContext) -> None:
        self.runner = runner
        self.lone_runs = context.lone_runs
        self._ready = ready = ReadyQueue()
        self.budget = PrefetchBudget(runner, ready, context.prefetch_limit)
        self.dispatcher = Dispatcher(runner, ready, context.clock, self.budget.service_times, context.stats.count)
        self.dispatcher.start()
        self.lone_runs.join(self)

    def serve(self, options: QueueOptions, on_finished: OnFinished, service_times: ServiceTimes) -> None:
        """See `Dispatcher.serve`."""
        if options.limit is not None:
            self.budget.limit(options.limit)
        self.dispatcher.serve(options, on_finished, service_times)

    def add_suspects(self, items: Sequence[InFlight]) -> None:
        """Let ``items`` start when their turn comes, each with nothing beside it in this worker. Until then they take
        no room from others."""
        if items:
            self._ready.suspects += items
            self.lone_runs.look()
            self.budget.free(self._ready.suspects)

    @property
    def suspects(self) -> list[InFlight]:
        """See `Place.suspects`: those whose queue may start anything at all just now."""
        return [item for item in self._ready.suspects if not item.options.is_shut]

    @property
    def is_quiet(self) -> bool:
        """See `Place.is_quiet`."""
        return self.runner.idle == self.runner.slots

    @property
    def has_slot(self) -> bool:
        """Whether what is ready can start now."""
        return self.runner.idle > 0 and not self.lone_runs.are_under_way

    @property
    def has_others(self) -> bool:
        """See `Place.has_others`."""
        return self.dispatcher.waiting > 0 or not self.is_quiet

    def running(self) -> Sequence[Running]:
        """See `Place.running`."""
        return self.runner.running()

    def pause(self, look: Callable[[], None]) -> None:
        """See `Place.pause`."""
        self.dispatcher.look_while_paused = look

    def resume(self) -> None:
        """See `Place.resume`."""
        self.dispatcher.look_while_paused = None
        self.dispatcher.dispatch()
        self.budget.free(())  # who waited for room may ask for messages again

    def run_alone(self, item: InFlight) -> None:
        """See `Place.run_alone`."""
        self._ready.suspects.remove(item)
        self.budget.take([item])
        self.dispatcher.run_alone(item)
