"""What limits and pauses mean for the number of workers: a queue asks for what its limits let it use, and no more."""

from __future__ import annotations

import pytest

from punctuald.model import Backlog, LimitGauges
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits
from punctuald.process.autoscaler.limits.limited_queues import LimitedQueues
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

RATE = QueueLimits(rate_per_second=20.0)
QUEUES = {"orders": RATE, "mails@eu": QueueLimits(6), "mails@us": QueueLimits(6), "bills": NO_LIMITS}
ORDERS, MAILS_EU, MAILS_US, BILLS = range(4)


class View:
    """Two workers that are ready, and what is known of their queues."""

    def __init__(self) -> None:
        self.board = Board(Layout(tuple(QUEUES), ("peak",), handler_slots=8, workers=2))
        for index in range(2):
            self.board.writer(index).attach(100 + index, 1.0)
            self.board.writer(index).ready(1.0, 0.1)
        self.down: frozenset[int] = frozenset()
        rows = [self.board.reader(index) for index in range(2)]
        self.queues = LimitedQueues(QUEUES, lambda: rows, lambda: self.down)
        self.served = {"orders": (0.0, 0)}
        self.backlogs = {index: Backlog(500, 0, 0, 1.0) for index in range(4)}
        self.mono = 1.0

    def says(self, worker: int, queue: int, running: int = 0, waiting: int = 0, *, paused: bool = False) -> None:
        self.board.writer(worker).limits(queue, LimitGauges(running, waiting, paused))

    def needed(self, *, slots_hold_back: bool = True) -> float:
        self.mono += 1.0
        return self.queues.needed_slots(self.mono, self.served, self.backlogs, slots_hold_back=slots_hold_back)


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
    assert view.needed(slots_hold_back=False) == 5


def test_while_all_are_busy_it_needs_what_its_rate_lets_run(view: View) -> None:
    view.says(0, ORDERS, 4)
    view.backlogs[MAILS_EU] = view.backlogs[MAILS_US] = Backlog(0, 0, 0, 1.0)
    view.needed()
    view.served = {"orders": (30.0, 60)}
    assert view.needed() == 10.0
    view.backlogs[ORDERS] = Backlog(0, 0, 0, 1.0)
    assert view.needed() == 4


def test_regions_share_what_their_queue_may_use(view: View) -> None:
    view.says(0, MAILS_EU, 2)
    view.says(1, MAILS_US, 1)
    view.backlogs[ORDERS] = Backlog(0, 0, 0, 1.0)
    assert view.needed() == 6
    assert view.needed(slots_hold_back=False) == 3


def test_one_that_is_paused_needs_no_more_than_what_still_runs(view: View) -> None:
    view.says(0, ORDERS, 2, 9, paused=True)
    view.backlogs[MAILS_EU] = view.backlogs[MAILS_US] = Backlog(0, 0, 0, 1.0)
    assert view.needed() == 2
