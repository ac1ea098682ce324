"""What limits and pauses mean for the number of workers: a queue asks for what its limits let it use, and no more."""

from __future__ import annotations

import pytest

from punctuald.model import Backlog, LimitGauges
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits
from punctuald.policy.pool.handler_slots import HandlerKind, SlotUse
from punctuald.process.autoscaler.limits.limited_queues import LimitedQueues
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.row_reader import RowReader

RATE = QueueLimits(rate_per_second=20.0)
QUEUES = {"orders": RATE, "mails@eu": QueueLimits(6), "mails@us": QueueLimits(6), "bills": NO_LIMITS}
ORDERS, MAILS_EU, MAILS_US, BILLS = range(4)


class View:
    """Two workers that are ready, and what is known of their queues."""

    def __init__(self) -> None:
        self.board = Board(Layout(tuple(QUEUES), ("peak",), handler_slots=12, workers=2, coroutines=8))
        for index in range(2):
            self.board.writer(index).attach(100 + index, 1.0)
            self.board.writer(index).ready(1.0, 0.1)
            self.board.writer(index).slots(4, 8)
        self.down: frozenset[int] = frozenset()
        rows = [self.board.reader(index) for index in range(2)]
        self.queues = LimitedQueues(QUEUES, lambda: rows, lambda: self.down, slots_per_worker=4)
        self.served = {"orders": (0.0, 0)}
        self.backlogs = {index: Backlog(500, 0, 0, 1.0) for index in range(4)}
        self.mono = 1.0

    def says(self, worker: int, queue: int, running: int = 0, waiting: int = 0, *, paused: bool = False) -> None:
        self.board.writer(worker).limits(queue, LimitGauges(running, waiting, paused))

    def is_of_coroutines(self, queue: int) -> None:
        for index in range(2):
            self.board.writer(index).handler_kind(queue, HandlerKind.COROUTINE)

    def needed(self, *, busy_threads: int = 4, busy_coroutines: int = 0) -> float:
        """Workers, while so many slots of each are busy."""
        self.mono += 1.0
        for index in range(2):
            for slot in range(12):
                words = self.board.writer(index).handler_slot(slot)
                if slot < busy_threads or 4 <= slot < 4 + busy_coroutines:
                    words.start("a message", ORDERS, self.mono)
                else:
                    words.stop()
        return self.queues.needed_workers(self.mono, self.served, self.backlogs)


@pytest.fixture
def view() -> View:
    return View()


def test_their_messages_are_no_backlog_and_those_of_others_are(view: View) -> None:
    assert view.queues.limited == {"orders", "mails@eu", "mails@us"}
    assert view.queues.without_backlog() == {ORDERS, MAILS_EU, MAILS_US}


def test_nor_are_those_of_a_queue_that_is_paused_or_down(view: View) -> None:
    view.says(0, BILLS, 0, 3, paused=True)
    assert BILLS in view.queues.without_backlog()
    view.says(0, BILLS)
    assert BILLS not in view.queues.without_backlog()
    view.down = frozenset({BILLS})
    assert BILLS in view.queues.without_backlog()


def test_while_slots_are_free_it_needs_those_that_it_uses(view: View) -> None:
    view.says(0, ORDERS, 3, 20)
    view.says(1, ORDERS, 2, 20)
    assert view.needed(busy_threads=2) == 5 / 4


def test_while_all_are_busy_it_needs_what_its_rate_lets_run(view: View) -> None:
    view.says(0, ORDERS, 4)
    view.backlogs[MAILS_EU] = view.backlogs[MAILS_US] = Backlog(0, 0, 0, 1.0)
    view.needed()
    view.served = {"orders": (30.0, 60)}
    assert view.needed() == 10 / 4
    view.backlogs[ORDERS] = Backlog(0, 0, 0, 1.0)
    assert view.needed() == 4 / 4


def test_regions_share_what_their_queue_may_use(view: View) -> None:
    view.says(0, MAILS_EU, 2)
    view.says(1, MAILS_US, 1)
    view.backlogs[ORDERS] = Backlog(0, 0, 0, 1.0)
    assert view.needed() == 6 / 4
    assert view.needed(busy_threads=2) == 3 / 4


def test_one_that_is_paused_needs_no_more_than_what_still_runs(view: View) -> None:
    view.says(0, ORDERS, 2, 9, paused=True)
    view.backlogs[MAILS_EU] = view.backlogs[MAILS_US] = Backlog(0, 0, 0, 1.0)
    assert view.needed() == 2 / 4


def test_free_places_of_coroutines_are_of_no_use_to_functions(view: View) -> None:
    view.says(0, ORDERS, 4, 20)
    view.backlogs[MAILS_EU] = view.backlogs[MAILS_US] = Backlog(0, 0, 0, 1.0)
    view.needed()
    view.served = {"orders": (30.0, 60)}
    assert view.needed(busy_coroutines=0) == 10 / 4
    assert view.needed(busy_threads=2, busy_coroutines=8) == 4 / 4


def test_queues_of_both_kinds_have_their_slots_in_the_same_workers(view: View) -> None:
    view.is_of_coroutines(ORDERS)
    view.says(0, ORDERS, 4)
    view.says(0, MAILS_EU, 3)
    view.served = {"orders": (0.0, 0)}
    view.needed(busy_threads=2)
    assert view.needed(busy_threads=2) == 3 / 4
    view.says(1, ORDERS, 8)
    assert view.needed(busy_threads=2) == 12 / 8


def test_while_no_worker_is_ready_its_slots_are_guessed_by_the_settings(view: View) -> None:
    for index in range(2):
        view.board.retire(index)
    view.backlogs[ORDERS] = Backlog(0, 0, 0, 1.0)
    assert view.needed() == 6 / 4


def test_each_look_reads_a_workers_slots_once_however_many_queues_have_limits(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, slot_uses = [], RowReader.slot_uses

    def counted(row: RowReader) -> tuple[SlotUse, ...]:
        looks.append(row)
        return slot_uses(row)

    monkeypatch.setattr(RowReader, "slot_uses", counted)
    view.needed()
    assert len(looks) == 2
