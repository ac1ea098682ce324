"""Workers without processes that share a queue's limits: real parts on both ends of lines that a test holds up."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from doubles.process.settings_generation import generation
from punctuald.clock import ManualClock
from punctuald.delivery.limits.limits_of_worker import LimitsOfWorker
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.policy.limits.division import Part, nothing_of
from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.policy.pool.fleet import PoolSlot, State
from punctuald.process.channel.frames import Down, Pause, Resume
from punctuald.process.channel.share_frames import Share, ShareTaken
from punctuald.process.supervisor.limits.limits_of_queues import LimitsOfQueues
from punctuald.process.supervisor.managed_process import ManagedProcess
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

QUEUE = "orders"
NEW = "bills"
"""Only settings that a reload brings may drain it."""


class LimitedWorker(ManagedProcess):
    """The supervisor's view of a worker, and the worker itself; nothing passes between them but by `hear` and `say`."""

    def __init__(self, index: int, clock: ManualClock) -> None:
        super().__init__(index, "worker", clock)
        self.clock = clock
        self.to_worker: deque[Down] = deque()
        self.to_supervisor: deque[ShareTaken] = deque()
        self.number = 0
        self.waiting = 0
        self.part = Part()
        self.limits: LimitsOfWorker | None = None

    @property
    def pid(self) -> int:
        return self.number

    @property
    def limit(self) -> StartLimit:
        assert self.limits is not None
        return self.limits.of(QUEUE)

    def send(self, frame: Down) -> None:
        self.to_worker.append(frame)

    def begin(self, pid: int, number: int, limits: QueueLimits, board: Board) -> None:
        self.number, self.slot = pid, PoolSlot(self.slot.index, State.STARTING, generation=number)
        self.row = row = board.writer(self.slot.index)
        row.attach(pid, self.clock.mono())
        row.slots(4, 4)
        row.receives(0, yes=True)
        self.part = nothing_of(limits)
        self.limits = LimitsOfWorker(self.clock, {QUEUE: limits}, self._taken, lambda _, gauges: row.limits(0, gauges))
        self.limit.waiting = lambda: self.waiting

    def die(self) -> None:
        self.number, self.slot, self.limits, self.waiting = 0, PoolSlot(self.slot.index), None, 0
        self.to_worker.clear()
        self.to_supervisor.clear()

    def hear(self) -> None:  # type: ignore[override]
        """The next frame, if there is one."""
        if self.limits is None or not self.to_worker:
            return
        match self.to_worker.popleft():
            case Pause(queue):
                self.limits.pause(queue)
            case Resume(queue):
                self.limits.resume(queue)
            case Share() as share:
                self.part = share.part
                self.limits.take(share.queue, share.number, share.part)

    def holds(self, waiting: int) -> None:
        """So many messages wait for the limit."""
        self.waiting = waiting
        if self.limits is not None:
            self.limits.look()

    def receives(self, *, yes: bool) -> None:
        """Whether it can have messages of the queue."""
        if self.pid:
            self.row.receives(0, yes=yes)

    def runs_others(self, threads: int = 0, coroutines: int = 0) -> None:
        """So many messages of another queue, by the kind of their handlers."""
        for slot in (*range(threads), *range(4, 4 + coroutines)):
            self.row.handler_slot(slot).start(f"a message in {slot}", 0, self.clock.mono() + 1.0)

    def one_ends(self) -> None:
        if self.limits is not None and self.limit.running:
            self.limit.ended(1)

    def _taken(self, queue: str, number: int, part: Part) -> None:
        places = tuple(sorted(part.places))
        self.to_supervisor.append(ShareTaken(queue, part.concurrency, part.rate_per_second, places, number))


class LimitedFleet:
    """A pool of ``size`` such workers, and what divides the limits among them."""

    def __init__(self, size: int, limits: QueueLimits) -> None:
        self.clock = ManualClock()
        self.board = Board(Layout((QUEUE, NEW), ("peak_hours",), handler_slots=8, workers=size, coroutines=4))
        self.workers = [LimitedWorker(index, self.clock) for index in range(size)]
        self.divided = LimitsOfQueues(self.workers, self.clock)
        self.limits = limits
        self._generation = 0
        self._pid = 100
        self.reload(limits)

    @property
    def alive(self) -> list[LimitedWorker]:
        return [worker for worker in self.workers if worker.pid]

    @property
    def running(self) -> int:
        return sum(worker.limit.running for worker in self.alive)

    def reload(self, limits: QueueLimits, new: Mapping[str, QueueLimits] | None = None) -> None:
        """Those that were started before go on. ``new`` are queues that they do not know."""
        self._generation += 1
        self.limits = limits
        settings = generation(self.board, number=self._generation)
        self.divided.keep(replace(settings, limits={QUEUE: limits, **(new or {})}))

    def start(self, index: int) -> None:
        if not self.workers[index].pid:
            self._pid += 1
            self.workers[index].begin(self._pid, self._generation, self.limits, self.board)
            self.divided.started(self.workers[index])

    def becomes(self, index: int, state: State) -> None:
        worker = self.workers[index]
        if worker.pid:
            worker.slot = replace(worker.slot, state=state)

    def die(self, index: int) -> None:
        if self.workers[index].pid:
            self.workers[index].die()
            self.board.retire(index)

    def say(self, index: int) -> None:
        """The supervisor hears the next frame of this worker."""
        worker = self.workers[index]
        if worker.to_supervisor:
            self.divided.taken(worker, worker.to_supervisor.popleft())

    def look(self) -> None:
        self.divided.look()

    def settle(self, seconds: int = 20) -> None:
        """Let everything be said that there is to say."""
        for _ in range(seconds):
            self.passes(1.0)

    def passes(self, seconds: float) -> None:
        """After that time everything is said that there is to say."""
        self.clock.advance(seconds)
        self.look()
        while self._said():
            self.look()

    def _said(self) -> bool:
        """Whether anything was under way, which is heard now."""
        under_way = any(worker.to_worker or worker.to_supervisor for worker in self.alive)
        for worker in self.alive:
            while worker.to_worker:
                worker.hear()
            while worker.to_supervisor:
                self.say(worker.slot.index)
        return under_way
