"""Several workers of one daemon on one queue in memory, on virtual time, with a board that all of them read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doubles.delivery.virtual_runner import Verdict, VirtualRunner
from doubles.delivery.worker_bench import CALENDAR, WorkerBench
from doubles.source.witnessed_source import WitnessedSource
from punctuald.clock import ManualClock
from punctuald.model import Message
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource
from punctuald.stats.board.board import Board
from punctuald.stats.board.downstream.rows import DownstreamRows, WorkersDownstream
from punctuald.stats.board.layout import Layout

MOST = 8


class Neighbours:
    """Workers come with `start` and go with `kill`; what handlers make of messages is ``verdict``'s to say, and how
    long they take ``seconds``."""

    def __init__(
        self,
        clock: ManualClock,
        verdict: Verdict,
        *,
        seconds: Callable[[Message], float] = lambda _: 0.0625,
        fifo: bool = False,
        max_receives: int = 3,
        **options: Any,
    ) -> None:
        self.clock = clock
        self.dead = MemoryQueue("dead", clock, fifo=fifo)
        self.queue = MemoryQueue("orders", clock, fifo, dead_letter_queue=self.dead, max_receive_count=max_receives)
        tiers = tuple(tier.name for tier in CALENDAR.tiers)
        self.board = Board(Layout(("orders",), tiers, handler_slots=1, workers=MOST))
        self.rows = DownstreamRows([self.board])
        self.workers: dict[int, WorkerBench] = {}
        self.sources: dict[int, WitnessedSource] = {}
        self._verdict = verdict
        self._seconds = seconds
        self._options = options

    def start(self, index: int) -> WorkerBench:
        """A worker in row ``index``, which is ready at once."""
        writer = self.board.writer(index)
        writer.attach(1000 + index, self.clock.mono())
        self.sources[index] = WitnessedSource(MemoryQueueSource(self.queue, lambda _: None), self.clock)
        runner = VirtualRunner(4, self.clock, self._seconds, self._verdict)
        downstreams = WorkersDownstream([self.board], self.board, index)
        self.workers[index] = WorkerBench(
            self.clock, runner, self.sources[index], downstreams=downstreams, **self._options
        )
        self.workers[index].start()
        writer.ready(self.clock.mono(), 0.1)
        return self.workers[index]

    def kill(self, index: int) -> None:
        """It is gone from one moment to the next, and the supervisor has noticed."""
        self.workers.pop(index).consumer.end()
        self.board.retire(index)

    def send(self, *bodies: str, group: str | None = None) -> None:
        for body in bodies:
            self.queue.send(body, group=group)

    def started(self, index: int) -> list[str]:
        """The bodies that this worker's handlers were called with."""
        return [message.body for _, message in self.workers[index].runner.started]

    @property
    def calls(self) -> int:
        """Of all handlers."""
        return sum(len(worker.runner.started) for worker in self.workers.values())

    @property
    def receives(self) -> int:
        """Of all workers."""
        return sum(len(source.receives) for source in self.sources.values())
