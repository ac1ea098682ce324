"""A queue's limits divided among workers: what is said to whom, and what is believed of the answers."""

from __future__ import annotations

import gc
from dataclasses import replace
from weakref import ref

import pytest

from doubles.process.limited_fleet import NEW, QUEUE, LimitedFleet
from punctuald.policy.limits.division import ALL_PLACES, Part
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits
from punctuald.policy.pool.fleet import State
from punctuald.policy.pool.handler_slots import HandlerKind
from punctuald.process.channel.share_frames import Share, ShareTaken
from punctuald.process.supervisor.limits.holdings import AGAIN_SECONDS
from punctuald.stats.board.board import Board

FOUR = QueueLimits(concurrency=4)


def fleet(limits: QueueLimits, ready: int, size: int = 3) -> LimitedFleet:
    """So many workers are ready, and have their parts."""
    made = LimitedFleet(size, limits)
    for index in range(ready):
        made.start(index)
        made.becomes(index, State.READY)
    made.settle(3)
    return made


def parts(of: LimitedFleet) -> list[int | None]:
    return [worker.part.concurrency for worker in of.alive]


def test_a_worker_that_comes_has_its_part_when_the_others_have_given_it_up() -> None:
    pool = fleet(FOUR, ready=1)
    assert parts(pool) == [4]
    pool.workers[0].limit.started(4)
    pool.start(1)
    pool.becomes(1, State.READY)
    pool.settle(1)
    assert parts(pool) == [2, 0]
    pool.workers[0].one_ends()
    pool.settle(1)
    assert parts(pool) == [2, 1]
    pool.workers[0].one_ends()
    pool.settle(1)
    assert parts(pool) == [2, 2]


def test_a_killed_workers_part_is_free_when_it_is_reaped() -> None:
    pool = fleet(FOUR, ready=2)
    pool.die(0)
    pool.settle(1)
    assert parts(pool) == [4]


def test_a_hung_worker_keeps_its_part_and_is_sent_the_next_one_again_and_again() -> None:
    pool = fleet(FOUR, ready=1)
    hung = pool.workers[0]
    pool.start(1)
    pool.becomes(1, State.READY)
    for _ in range(5):
        pool.clock.advance(AGAIN_SECONDS)
        pool.look()
    assert len(hung.to_worker) == 5
    assert {frame.concurrency for frame in hung.to_worker if isinstance(frame, Share)} == {2}
    assert pool.workers[1].part == Part(0)


def test_an_answer_to_a_word_that_was_never_said_is_not_believed() -> None:
    pool = fleet(FOUR, ready=1)
    pool.divided.taken(pool.workers[0], ShareTaken(QUEUE, 0, None, (), 99))
    pool.divided.taken(pool.workers[0], ShareTaken("nobody's", 0, None, (), 1))
    pool.start(1)
    pool.becomes(1, State.READY)
    pool.look()
    assert not pool.workers[1].to_worker


def test_an_old_answer_does_not_hide_what_was_sent_since() -> None:
    pool = fleet(FOUR, ready=2)
    first = pool.workers[0]
    pool.die(1)
    pool.look()  # all four are the first one's again, which has not heard it yet
    pool.divided.taken(first, ShareTaken(QUEUE, 2, None, (), 1))
    pool.start(1)
    pool.becomes(1, State.READY)
    pool.look()
    assert not pool.workers[1].to_worker


def test_a_limit_that_is_lifted_by_a_reload_is_lifted_for_workers_of_before() -> None:
    pool = fleet(QueueLimits(2, 5.0), ready=2)
    pool.reload(NO_LIMITS)
    pool.settle(1)
    assert {worker.part for worker in pool.alive} == {Part()}


@pytest.mark.parametrize("kind", list(HandlerKind))
def test_a_part_leaves_a_worker_whose_slots_of_the_handlers_kind_are_all_busy(kind: HandlerKind) -> None:
    pool = fleet(QueueLimits(concurrency=1), ready=2)
    for worker in pool.alive:
        worker.row.handler_kind(0, kind)
    assert parts(pool) == [1, 0]
    pool.workers[0].runs_others(**{"threads" if kind is HandlerKind.FUNCTION else "coroutines": 4})
    pool.settle(3)
    assert parts(pool) == [0, 1]


@pytest.mark.parametrize("kind", list(HandlerKind))
def test_a_part_stays_where_only_slots_of_the_other_kind_are_busy(kind: HandlerKind) -> None:
    pool = fleet(QueueLimits(concurrency=1), ready=2)
    for worker in pool.alive:
        worker.row.handler_kind(0, kind)
    pool.workers[0].runs_others(**{"coroutines" if kind is HandlerKind.FUNCTION else "threads": 4})
    pool.settle(3)
    assert parts(pool) == [1, 0]


def test_a_part_leaves_a_worker_that_can_have_no_messages_of_the_queue() -> None:
    pool = fleet(FOUR, ready=2)
    pool.workers[0].receives(yes=False)
    pool.settle(1)
    assert parts(pool) == [0, 4]
    pool.workers[0].receives(yes=True)
    pool.settle(1)
    assert parts(pool) == [2, 2]


def test_ticks_leave_a_worker_that_can_have_no_messages_of_the_queue() -> None:
    pool = fleet(QueueLimits(None, 20.0), ready=2)
    pool.workers[0].receives(yes=False)
    pool.settle(1)
    assert [worker.part.places for worker in pool.alive] == [frozenset(), ALL_PLACES]


def test_it_keeps_what_it_runs_until_that_has_ended_and_a_part_for_what_waits_in_it() -> None:
    pool = fleet(FOUR, ready=2)
    ill = pool.workers[0]
    ill.limit.started(2)
    ill.receives(yes=False)
    pool.settle(1)
    assert parts(pool) == [0, 2]
    ill.one_ends()
    pool.settle(1)
    assert parts(pool) == [0, 3]
    ill.holds(1)
    pool.settle(1)
    assert parts(pool) == [2, 2]


def test_while_no_worker_can_have_messages_nobody_has_a_part_and_then_who_can_first() -> None:
    pool = fleet(FOUR, ready=2)
    for worker in pool.alive:
        worker.receives(yes=False)
    pool.settle(1)
    assert parts(pool) == [0, 0]
    pool.workers[1].receives(yes=True)
    pool.settle(1)
    assert parts(pool) == [0, 4]


def test_what_one_worker_has_no_messages_for_another_one_has_until_then() -> None:
    pool = fleet(FOUR, ready=2)
    hot, cool = pool.workers[:2]
    hot.limit.started(2)
    pool.settle(8)
    assert parts(pool) == [3, 1]
    hot.limit.started(1)
    cool.limit.started(1)
    pool.settle(1)
    assert parts(pool) == [2, 1]
    hot.one_ends()
    pool.settle(1)
    assert parts(pool) == [2, 2]


def test_ticks_that_one_worker_has_no_messages_for_are_anothers() -> None:
    pool = fleet(QueueLimits(None, 20.0), ready=2)
    hot, cool = pool.workers[:2]
    for worker in (hot, cool):
        worker.holds(1)
    pool.settle(3)
    assert [len(worker.part.places) for worker in pool.alive] == [30, 30]
    cool.holds(0)
    for step in range(200):
        pool.passes(0.05)
        if step % 20 == 0 and cool.limit.startable():
            cool.limit.started(1)
        if hot.limit.startable():
            hot.limit.started(1)
    hot_places, cool_places = (len(worker.part.places) for worker in pool.alive)
    assert hot_places + cool_places == len(ALL_PLACES)
    assert cool_places <= 6


def test_another_rate_is_given_when_nobody_goes_by_the_old_one_any_more() -> None:
    pool = fleet(QueueLimits(None, 20.0), ready=1)
    pool.reload(QueueLimits(None, 5.0))
    pool.look()
    pool.look()
    [said] = pool.workers[0].to_worker
    assert isinstance(said, Share)
    assert said.part == Part(None, 5.0)
    pool.settle(1)
    assert pool.workers[0].part == Part(None, 5.0, ALL_PLACES)


def test_the_board_of_a_generation_is_let_go_when_its_last_worker_has_ended() -> None:
    pool = fleet(FOUR, ready=2)
    old, pool.board = ref(pool.board), Board(replace(pool.board.layout, workers=4))
    pool.reload(FOUR)
    pool.start(2)
    pool.becomes(2, State.READY)
    pool.workers[0].die()
    pool.settle(1)
    assert old() is not None
    pool.workers[1].die()
    pool.settle(1)
    gc.collect()
    assert old() is None
    assert parts(pool) == [4]


def test_a_queue_that_left_the_settings_and_comes_back_is_divided_anew() -> None:
    pool = fleet(FOUR, ready=1)
    pool.reload(FOUR, {NEW: FOUR})
    pool.start(1)
    pool.becomes(1, State.READY)
    pool.workers[1].row.receives(1, yes=True)
    pool.settle(1)
    pool.reload(FOUR)
    pool.die(1)
    pool.settle(1)
    pool.reload(FOUR, {NEW: FOUR})
    pool.start(1)
    pool.becomes(1, State.READY)
    pool.workers[1].row.receives(1, yes=True)
    pool.look()
    assert Share(NEW, 4, None, (), 1) in pool.workers[1].to_worker


def test_a_queue_that_a_reload_adds_is_not_kept_by_workers_that_do_not_know_it() -> None:
    pool = fleet(NO_LIMITS, ready=1)
    pool.reload(NO_LIMITS, {NEW: QueueLimits(4, 20.0)})
    pool.start(1)
    pool.becomes(1, State.READY)
    pool.workers[1].row.receives(1, yes=True)
    pool.look()
    assert list(pool.workers[1].to_worker) == [Share(NEW, 4, 20.0, tuple(sorted(ALL_PLACES)), 1)]
    assert not pool.workers[0].to_worker
