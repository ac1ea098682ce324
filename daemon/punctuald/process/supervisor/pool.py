"""The workers: starts and drains them so that their number follows the target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from punctuald.clock import Clock
from punctuald.policy.pool.fleet import ALIVE, Event, PoolSlot, State
from punctuald.policy.pool.reconcile import InHand, reconcile
from punctuald.process.channel.frames import Ceiling, Down
from punctuald.stats.board.board import Board

from .children import Closable
from .generation import Generation
from .limits.limits_of_queues import LimitsOfQueues
from .limits.pauses import Pauses
from .managed_process import ManagedProcess
from .preload.zygotes import Zygotes


class Pool:
    """A managed process for each worker index of the largest board so far; most have no process just now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._zygotes = Zygotes(clock)
        self.processes: list[ManagedProcess] = []
        self.limits = LimitsOfQueues(self, clock)
        self.pauses = Pauses(self.send_all)

    def make_room(self, generation: Generation) -> None:
        """Have a pool slot for each worker index of the generation's board, and go by its queues' limits."""
        self.limits.keep(generation)
        for index in range(len(self.processes), generation.board.layout.workers):
            self.processes.append(ManagedProcess(index, "worker", self._clock))

    def __iter__(self) -> Iterator[ManagedProcess]:
        return iter(self.processes)

    @property
    def slots(self) -> list[PoolSlot]:
        """As `policy` wants them."""
        return [process.slot for process in self.processes]

    def count(self, *states: State, generation: int | None = None) -> int:
        """How many slots are in one of ``states`` (and of one generation)."""
        return sum(slot.state in states and generation in {None, slot.generation} for slot in self.slots)

    @property
    def alive(self) -> int:
        """Processes that are not reaped yet."""
        return self.count(*ALIVE)

    @property
    def lines(self) -> list[Closable]:
        """What leads to zygotes: no child may keep it open."""
        return self._zygotes.lines

    def follow(
        self,
        target: int,
        generation: Generation,
        inherited: Callable[[], Iterable[Closable]],
        send_autoscaler: Callable[[Down], None],
    ) -> None:
        """Start and drain towards ``target``; the autoscaler hears where no more can be started. Those that drain are
        processes as well: once they are gone, so many can be forked.

        ``inherited`` is called at each fork, because it must include the channels of workers forked just before. A
        worker that kept such a channel open would keep the other from seeing that the supervisor closed it, or died.
        """
        plan = reconcile(self.slots, target, generation.number, self._in_hand(generation.board))
        proven = self.count(State.READY, generation=generation.number) > 0
        may_start = self._zygotes.follow(generation, inherited, proven=proven)
        for index in plan.start if may_start else ():
            if index >= generation.board.layout.workers:
                continue
            if not self._start(index, generation, inherited()):
                send_autoscaler(Ceiling(self.alive))
        for order_to_drain in plan.drain:
            self.processes[order_to_drain.index].order(Event.DRAIN, order_to_drain.reason)

    def _start(self, index: int, generation: Generation, inherited: Iterable[Closable]) -> bool:
        fork = self._zygotes.fork_of(generation, index)
        started = self.processes[index].start(generation, index, generation.worker_main(index), inherited, fork)
        if started:
            self.limits.started(self.processes[index])
            self.pauses.worker_started(self.processes[index].send)
        return started

    def _in_hand(self, board: Board) -> dict[int, InHand]:
        rows = {
            slot.index: board.reader(slot.index)
            for slot in self.slots
            if slot.state in ALIVE and slot.index < board.layout.workers
        }
        return {
            index: InHand(row.held_messages + row.waiting_for_limits, row.busy_slots) for index, row in rows.items()
        }

    def order_all(self, event: Event, reason: str) -> None:
        """Let ``event`` happen to every slot, and start none any more."""
        self._zygotes.end()
        for process in self.processes:
            process.order(event, reason)

    def forgive(self) -> None:
        """Settings changed: who waits, or was given up, because of how those before did may start at once."""
        for process in self.processes:
            if process.slot.state in {State.FATAL, State.BACKOFF}:
                process.order(Event.RELOADED)

    def send_all(self, frame: Down) -> None:
        """To every worker."""
        for process in self.processes:
            process.send(frame)
