from __future__ import annotations

import pytest

from doubles.stats.row_totals import total
from punctuald.model import Metric
from punctuald.policy.pool.handler_slots import HandlerKind, SlotUse
from punctuald.stats.board.board import Board
from punctuald.stats.board.digest import digest_text, message_digest
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.running import Running

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak",), handler_slots=3, workers=2)
MESSAGE = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def board() -> Board:
    return Board(LAYOUT)


def test_a_slot_that_nobody_attached_is_not_looked_at(board: Board) -> None:
    board.writer(1).attach(pid=7, now_mono=5.0)
    assert board.attached() == [1]


def test_a_worker_is_attached_alive_ready_and_then_leaving(board: Board) -> None:
    writer, view = board.writer(0), board.reader(0)
    assert (view.pid, view.heartbeat_mono, view.ready_mono) == (0, None, None)
    writer.attach(pid=7, now_mono=5.0)
    assert (view.pid, view.heartbeat_mono, view.ready_mono) == (7, 5.0, None)
    writer.heartbeat(6.25)
    writer.ready(6.5, start_seconds=0.25)
    assert (view.heartbeat_mono, view.ready_mono) == (6.25, 6.5)
    writer.leaving()
    assert (view.pid, view.ready_mono) == (7, None)


def test_what_a_worker_holds_is_on_its_row_while_it_lives(board: Board) -> None:
    writer, view = board.writer(0), board.reader(0)
    writer.attach(pid=7, now_mono=5.0)
    writer.held(30)
    assert view.held_messages == 30
    board.retire(0)
    assert view.held_messages == 0


def test_the_instant_of_boot_is_an_instant_and_not_none(board: Board) -> None:
    board.writer(0).attach(pid=7, now_mono=0.0)
    assert board.reader(0).heartbeat_mono == pytest.approx(0.0, abs=1e-9)


def test_a_dead_worker_tells_what_it_was_running_and_keeps_its_counts(board: Board) -> None:
    writer, view = board.writer(0), board.reader(0)
    writer.attach(pid=7, now_mono=5.0)
    writer.ready(5.5, start_seconds=0.25)
    writer.count(1, Metric.DONE, 3)
    writer.handler_slot(0).start("finished before", 0, 6.0)
    writer.handler_slot(0).stop()
    writer.handler_slot(2).start(MESSAGE, 1, 7.5)
    held = board.retire(0)
    assert held == (Running(slot=2, digest=message_digest(MESSAGE), queue=1, started_mono=7.5),)
    assert held[0].message == MESSAGE
    assert (view.pid, view.heartbeat_mono, view.ready_mono, view.busy_slots, view.running()) == (0, None, None, 0, ())
    assert total(view, Metric.DONE) == 3


def test_a_worker_that_does_all_it_can_has_no_idle_slot_however_quick_its_messages_are(board: Board) -> None:
    writer, view = board.writer(0), board.reader(0)
    writer.attach(pid=7, now_mono=5.0)
    writer.slots(2)
    writer.saturated(0, yes=True)
    writer.saturated(1, yes=True)
    writer.saturated(0, yes=False)
    assert view.busy_slots == 2
    writer.saturated(1, yes=False)
    assert view.busy_slots == 0
    writer.saturated(1, yes=True)
    board.retire(0)
    assert view.busy_slots == 0


def test_threads_and_the_places_of_coroutines_are_counted_apart() -> None:
    board = Board(Layout(queues=("orders", "mails"), tiers=("peak",), handler_slots=7, workers=1, coroutines=4))
    writer, view = board.writer(0), board.reader(0)
    writer.attach(pid=7, now_mono=5.0)
    writer.slots(3, 4)
    writer.handler_kind(1, HandlerKind.COROUTINE)
    for slot in (0, 2, 3):
        writer.handler_slot(slot).start("a message", 0, 6.0)
    assert view.slot_uses() == (SlotUse(2, 3), SlotUse(1, 4))
    assert (view.busy_slots, view.concurrency) == (3, 7)
    assert [view.handler_kind(queue) for queue in (0, 1)] == [HandlerKind.FUNCTION, HandlerKind.COROUTINE]
    assert [view.slots_for(queue) for queue in ("orders", "mails", "bills")] == [3, 4, 0]
    board.retire(0)
    assert view.slot_uses() == (SlotUse(), SlotUse())
    assert view.handler_kind(1) is HandlerKind.FUNCTION


def test_all_that_can_be_done_of_functions_is_no_coroutine_that_is_busy() -> None:
    board = Board(Layout(queues=("orders", "mails"), tiers=("peak",), handler_slots=7, workers=1, coroutines=4))
    writer, view = board.writer(0), board.reader(0)
    writer.attach(pid=7, now_mono=5.0)
    writer.slots(3, 4)
    writer.handler_kind(1, HandlerKind.COROUTINE)
    writer.handler_slot(3).start("a message", 1, 6.0)
    writer.saturated(0, yes=True)
    assert view.slot_uses() == (SlotUse(3, 3), SlotUse(1, 4))
    writer.saturated(1, yes=True)
    assert view.slot_uses() == (SlotUse(3, 3), SlotUse(4, 4))
    writer.saturated(0, yes=False)
    assert view.slot_uses() == (SlotUse(0, 3), SlotUse(4, 4))


def test_a_worker_says_how_much_it_handles_at_once_and_how_late_its_loop_is(board: Board) -> None:
    writer, view = board.writer(0), board.reader(0)
    writer.attach(pid=7, now_mono=5.0)
    assert (view.concurrency, view.loop_lag_seconds) == (0, 0.0)
    writer.slots(4, 100)
    writer.loop_lag(0.0125)
    assert (view.concurrency, view.loop_lag_seconds) == (104, 0.0125)
    writer.attach(pid=8, now_mono=6.0)
    assert (view.concurrency, view.loop_lag_seconds) == (0, 0.0)


def test_counts_go_on_where_the_last_worker_of_the_slot_left_them(board: Board) -> None:
    board.writer(0).count(0, Metric.DONE, 3)
    heir = board.writer(0)
    heir.attach(pid=8, now_mono=9.0)
    heir.count(1, Metric.DONE)
    assert total(board.reader(0), Metric.DONE) == 4


def test_the_autoscaler_has_the_slot_after_the_workers(board: Board) -> None:
    assert [board.reader(index).is_worker for index in range(3)] == [True, True, False]


@pytest.mark.parametrize("index", [-1, 4])
def test_there_is_no_slot_beyond(board: Board, index: int) -> None:
    with pytest.raises(IndexError, match="not on a board of 2 workers"):
        board.writer(index)


def test_an_id_of_any_length_is_found_again_by_its_digest() -> None:
    board = Board(Layout(queues=("orders",), tiers=("only",), handler_slots=2, workers=1))
    stats = board.writer(0)
    ids = ["shard-000000000001:" + "4961" * 20, "größer"]
    for slot, message_id in enumerate(ids):
        stats.handler_slot(slot).start(message_id, 0, 1.0)
    assert [running.digest for running in board.reader(0).running()] == [
        message_digest(digest_text(message_digest(ids[0]))),
        message_digest(ids[1]),
    ]
    assert message_digest(digest_text(message_digest(ids[0]))) == message_digest(ids[0])


def test_of_a_batch_all_messages_are_there_until_the_slot_goes_on_to_another() -> None:
    board = Board(Layout(queues=("orders",), tiers=("only",), handler_slots=2, workers=1, batch_size=3))
    slot, beside = board.writer(0).handler_slot(0), board.writer(0).handler_slot(1)
    beside.start("beside", 0, 1.0, ["it"])
    slot.start("a", 0, 1.0, ["b", "c"])
    assert running_in(board) == [(0, "a"), (0, "b"), (0, "c"), (1, "beside"), (1, "it")]
    slot.start("d", 0, 2.0, ["e"])
    assert running_in(board) == [(0, "d"), (0, "e"), (1, "beside"), (1, "it")]
    slot.start("f", 0, 3.0)
    beside.stop()
    assert running_in(board) == [(0, "f")]
    assert board.reader(0).busy_slots == 1


def running_in(board: Board) -> list[tuple[int, str]]:
    names = {message_digest(name): name for name in ("a", "b", "c", "d", "e", "f", "beside", "it")}
    return [(running.slot, names[running.digest]) for running in board.reader(0).running()]
