"""Whom the supervisor lets go, by what the workers' rows on the board say."""

from __future__ import annotations

from doubles.process.settings_generation import generation
from punctuald.clock import ManualClock
from punctuald.policy.pool.fleet import Event, PoolSlot, State
from punctuald.process.channel.frames import Ceiling, Down
from punctuald.process.supervisor.managed_process import ManagedProcess
from punctuald.process.supervisor.pool import Pool
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout


class ReadyWorker(ManagedProcess):
    """There is no process behind it; it notes what it is ordered to do."""

    def __init__(self, index: int, ordered: list[tuple[int, Event, str]]) -> None:
        super().__init__(index, "worker", ManualClock())
        self.slot = PoolSlot(index, State.READY, generation=1)
        self._ordered = ordered

    def start(self, *_: object) -> bool:
        return False

    def order(self, event: Event, reason: str = "") -> None:
        self._ordered.append((self.slot.index, event, reason))


def test_scale_in_takes_the_workers_that_hold_no_waiting_messages_first() -> None:
    board = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=4, workers=4))
    for index, held in enumerate((0, 3, 200, 0)):
        writer = board.writer(index)
        writer.attach(pid=100 + index, now_mono=1.0)
        writer.held(held)
    board.writer(0).handler_slot(0).start("it runs", 0, 1.0)
    ordered: list[tuple[int, Event, str]] = []
    pool = Pool(ManualClock())
    pool.processes = [ReadyWorker(index, ordered) for index in range(4)]

    pool.follow(1, generation(board, max_workers=4), lambda: (), lambda _: None)

    assert ordered == [(index, Event.DRAIN, "scaled in") for index in (3, 0, 1)]


def test_where_no_more_can_be_forked_those_that_drain_count_as_well() -> None:
    pool, heard = Pool(ManualClock()), list[Down]()
    pool.processes = [ReadyWorker(index, []) for index in range(4)]
    pool.processes[1].slot = PoolSlot(1, State.DRAINING, generation=1)
    pool.processes[2].slot = PoolSlot(2, State.BACKOFF, generation=1)
    pool.processes[3].slot = PoolSlot(3)
    board = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=4, workers=4))

    pool.follow(3, generation(board, max_workers=4), lambda: (), heard.append)

    assert heard == [Ceiling(2)]
