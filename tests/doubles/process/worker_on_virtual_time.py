"""A whole worker on virtual time: real parts from its signals and its line to the supervisor down to the source."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

from doubles.delivery.virtual_runner import Verdict, VirtualRunner
from doubles.delivery.worker_bench import CALENDAR, WorkerBench
from punctuald.clock import ManualClock
from punctuald.delivery.run.runner import Running
from punctuald.errors import SourceError
from punctuald.handler import Hook, ModuleHooks
from punctuald.model import Outcome, OutcomeKind
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits
from punctuald.policy.pool.recycling import RecyclingRules
from punctuald.ports import Source
from punctuald.process.awake_time import AwakeTime
from punctuald.process.channel.channel import open_channel
from punctuald.process.channel.frames import Stuck, Up
from punctuald.process.worker.event_loop import take_signals
from punctuald.process.worker.hooks import Hooks
from punctuald.process.worker.ill_health import IllHealth
from punctuald.process.worker.leaving import Leaving
from punctuald.process.worker.limits.queue_orders import QueueOrders
from punctuald.process.worker.module_life import CallHook, ModuleLife
from punctuald.process.worker.readiness import Readiness
from punctuald.process.worker.recycling import Recycling
from punctuald.process.worker.stop import Stop, StopLimits
from punctuald.process.worker.stuck import StuckHandlers
from punctuald.process.worker.supervisor_line import SupervisorLine
from punctuald.process.worker.worker import TURN_SECONDS, Worker
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

LONG_SECONDS = 86_400.0
"""Of virtual time: a worker that has not ended by then never will."""
PID = 4711


class Handlers(VirtualRunner):
    """A message's body says for how many seconds its handler runs."""

    def __init__(
        self,
        clock: ManualClock,
        slots: int = 2,
        time_limit_seconds: float = 0.0,
        verdict: Verdict = lambda _: Outcome(OutcomeKind.DONE),
        *,
        together: bool = False,
    ) -> None:
        super().__init__(slots, clock, lambda message: float(message.body), verdict, together=together)
        self.time_limit_seconds = time_limit_seconds
        self.was_cancelled = False
        self.clean_up_seconds = 0.1
        self.kept: Sequence[Running] | None = None  # on the board, when the rest was taken off it

    def running(self) -> Sequence[Running]:
        return [replace(each, time_limit_seconds=self.time_limit_seconds) for each in super().running()]

    def cancel(self) -> None:
        self.was_cancelled = True
        asyncio.get_running_loop().call_later(self.clean_up_seconds, self._current.clear)

    def clear_running(self, kept: Sequence[Running]) -> None:
        self.kept = kept


class HookedModule(NamedTuple):
    """A module with hooks, which ``call`` calls, and the queues whose handlers it has."""

    hooks: ModuleHooks
    queues: Sequence[str]
    call: CallHook


async def no_hook(hook: Hook) -> None:
    raise AssertionError(f"there is no {hook.name}")


class WorkerOnVirtualTime:
    """Made on a `VirtualLoop`. The test is its supervisor: `hear` what it says, `signal` it, `parent` speaks to it.

    ``deaths`` are those that a message is suspected of by its id; with `notes_suspects` a stuck message is noted.
    """

    def __init__(
        self,
        clock: ManualClock,
        handlers: Handlers,
        *sources: Source,
        drain_seconds: float = 30.0,
        longest_wait_seconds: float = 20.0,
        young_death_seconds: float = 5.0,
        recycling: RecyclingRules | None = None,
        memory_bytes: Callable[[], int] = lambda: 0,
        open_descriptors: Callable[[], int] = lambda: 20,
        modules: Sequence[HookedModule] = (),
        limits: QueueLimits = NO_LIMITS,
        **options: Any,
    ) -> None:
        self.clock = clock
        self.handlers = handlers
        self.notes_suspects = True
        self.heard: list[Up] = []
        self.parent, self.channel = open_channel()
        self.signals = take_signals()
        self.board = Board(Layout(tuple(source.name for source in sources), tiers_of_bench(), handlers.slots, 1))
        self.view = self.board.reader(0)
        self.leaving = Leaving()
        stats, line = self.board.writer(0), SupervisorLine(self.channel)
        readiness = Readiness([source.name for source in sources], stats, line, clock, clock.mono())
        orders = QueueOrders({source.name: limits for source in sources}, line, stats, clock)
        limit_of = {source.name: orders.of(source.name) for source in sources}
        self.bench = _ReadyBench(readiness, clock, handlers, *sources, limits=limit_of, **options)
        pools = [self.bench.pool]
        awake = AwakeTime(clock, TURN_SECONDS)
        health = IllHealth(
            illness=self.bench.context.illness,
            consumers=self.bench.consumers,
            readiness=readiness,
            leaving=self.leaving,
            line=line,
            clock=clock,
            forked_mono=clock.mono(),
            young_death_seconds=young_death_seconds,
            lost_seconds=awake.lost_seconds,
        )
        stuck = StuckHandlers(pools, clock, awake.lost_seconds)
        stop = Stop(
            drain=self.bench.drain,
            pools=pools,
            stuck=stuck,
            deaths_of=self._deaths_of,
            line=line,
            clock=clock,
            limits=StopLimits(drain_seconds, longest_wait_seconds),
            leaving=self.leaving,
            lost_seconds=awake.lost_seconds,
        )
        self.worker = Worker(
            pools=pools,
            kinds=[],
            stuck=stuck,
            illness=self.bench.context.illness,
            health=health,
            hooks=Hooks(self._lives(modules, readiness)),
            stop=stop,
            leaving=self.leaving,
            readiness=readiness,
            line=line,
            stats=stats,
            channel=self.channel,
            signals=self.signals,
            clock=clock,
            awake=awake,
            recycling=Recycling(
                recycling or RecyclingRules(),
                0.0,
                pools=pools,
                clock=clock,
                forked_mono=clock.mono(),
                own_memory_bytes=memory_bytes,
                open_descriptors=open_descriptors,
            ),
            limited=self.bench.context.limited,
            limits=orders,
            in_hand=lambda: chain.from_iterable(consumer.table.all() for consumer in self.bench.consumers),
        )
        self._deaths: dict[str, int] = {}
        self._life: asyncio.Task[int] | None = None

    def _lives(self, modules: Sequence[HookedModule], readiness: Readiness) -> list[ModuleLife]:
        """Of ``modules``, and of one without hooks that has the queues of no other."""
        context, of_others = self.bench.context, {queue for each in modules for queue in each.queues}
        rest = [each.options.name for each in self.bench.consumers if each.options.name not in of_others]
        return [
            ModuleLife(
                each.hooks,
                [consumer for consumer in self.bench.consumers if consumer.options.name in each.queues],
                each.call,
                readiness=readiness,
                illness=context.illness,
                clock=self.clock,
                jitter=context.jitter,
            )
            for each in (*modules, HookedModule(ModuleHooks("no_hooks"), rest, no_hook))
        ]

    def start(self) -> None:
        """Let it work."""
        self._life = asyncio.get_running_loop().create_task(self.worker.run())

    async def ended(self) -> int:
        """Its exit status, awaited."""
        assert self._life is not None
        return await asyncio.wait_for(asyncio.shield(self._life), LONG_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """To this process, which is the worker's."""
        os.kill(os.getpid(), number)

    def hear(self) -> list[Up]:
        """All that it has said to its supervisor so far."""
        if self.parent.fileno() >= 0:
            self.heard += self.parent.read()
        return self.heard

    def close(self) -> None:
        """What the end of its process would close."""
        for end in (self.signals, self.channel):
            asyncio.get_running_loop().remove_reader(end.fileno())
            end.close()
        self.parent.close()

    def _deaths_of(self, message_id: str) -> int:
        """Where the board's suspects are: a supervisor notes what it hears."""
        for frame in self.hear() if self.notes_suspects else ():
            if isinstance(frame, Stuck):
                self._deaths |= dict.fromkeys(frame.message_ids, 1)
        return self._deaths.get(message_id, 0)


class _ReadyBench(WorkerBench):
    """What its queues answer makes the worker ready."""

    def __init__(self, readiness: Readiness, *arguments: Any, **options: Any) -> None:
        self._readiness = readiness
        super().__init__(*arguments, **options)

    def _available(self, queue: str) -> None:
        super()._available(queue)
        self._readiness.available(queue)

    def _unavailable(self, queue: str, error: SourceError) -> None:
        super()._unavailable(queue, error)
        self._readiness.became_unavailable(queue, error)


def tiers_of_bench() -> tuple[str, ...]:
    return tuple(tier.name for tier in CALENDAR.tiers)


def queue_of(
    clock: ManualClock, *handle_seconds: float, name: str = "orders", **options: Any
) -> tuple[MemoryQueue, MemoryQueueSource]:
    """A queue with a message for each handler's run."""
    queue = MemoryQueue(name, clock, **options)
    for seconds in handle_seconds:
        queue.send(str(seconds))
    return queue, MemoryQueueSource(queue, lambda _: None)


@asynccontextmanager
async def at_work(worker: WorkerOnVirtualTime) -> AsyncIterator[WorkerOnVirtualTime]:
    """Started; given back all it has and ended at the end, if it has not ended by itself."""
    worker.start()
    try:
        yield worker
        worker.leaving.leave(0, fast=True)
        await worker.ended()
    finally:
        worker.close()
