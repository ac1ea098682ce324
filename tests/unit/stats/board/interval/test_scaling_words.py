from __future__ import annotations

from dataclasses import replace
from math import inf

from punctuald.model import Backlog
from punctuald.policy.delivery.miss_cause import NEVER, Span
from punctuald.policy.scaling.decide import Reason
from punctuald.policy.scaling.guards import Guard
from punctuald.stats.board import word_time
from punctuald.stats.board.board import Board
from punctuald.stats.board.interval.scaling_words import ScalingWords
from punctuald.stats.board.layout import SEQUENCE, SHORT_SINCE, Layout

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak",), handler_slots=1, workers=2)
AUTOSCALER = LAYOUT.workers
DECIDED = ScalingWords(
    decided_mono=100.0,
    workers=7,
    reason=Reason.GROWTH,
    caps={Guard.CPU: 4, Guard.PROCESSES: 0},
    head_age_seconds=1.5,
    short=Span(90.0, inf),
    backlogs={0: Backlog(1, 0, 0, read_mono=98.0), 1: Backlog(5, 6, 7, 99.0, behind_seconds=1.25)},
)


def board_with_an_autoscaler() -> Board:
    board = Board(LAYOUT)
    board.writer(AUTOSCALER).attach(pid=7, now_mono=1.0)
    return board


def test_a_decision_is_read_as_it_was_written() -> None:
    board = board_with_an_autoscaler()
    writer, reader = board.decision_writer(), board.decision()
    assert reader.read() is None
    writer.write(DECIDED)
    assert reader.read() == DECIDED
    later = replace(DECIDED, workers=8, reason=Reason.MINIMUM, caps={}, short=Span(90.0, 100.5))
    writer.write(later)
    assert reader.read() == later


def test_every_reason_and_every_guard_has_its_words() -> None:
    board = board_with_an_autoscaler()
    writer, reader = board.decision_writer(), board.decision()
    for reason in Reason:
        decided = replace(DECIDED, reason=reason, caps={guard: n for n, guard in enumerate(Guard)})
        writer.write(decided)
        assert reader.read() == decided


def test_a_worker_knows_since_when_there_are_too_few_workers_while_the_autoscaler_lives() -> None:
    board = Board(LAYOUT)
    short = board.short_of_workers()
    assert short.read() is NEVER
    board.writer(AUTOSCALER).attach(pid=7, now_mono=1.0)
    board.decision_writer().write(DECIDED)
    assert short.read() == (90.0, inf)
    board.retire(AUTOSCALER)
    assert short.read() is NEVER


def test_the_decision_of_a_dead_autoscaler_says_nothing_of_how_many_workers_are_ready_now() -> None:
    board = board_with_an_autoscaler()
    reader = board.decision()
    board.decision_writer().write(DECIDED)
    assert reader.read() == DECIDED
    board.retire(AUTOSCALER)
    assert reader.read() == replace(DECIDED, short=NEVER)


def test_begin_and_end_of_a_shortage_are_of_the_same_decision() -> None:
    board = board_with_an_autoscaler()
    board.decision_writer().write(replace(DECIDED, short=Span(90.0, 100.5)))
    short = board.short_of_workers()
    assert short.read() == (90.0, 100.5)
    row = board.reader(AUTOSCALER).words
    row[SEQUENCE] += 1  # the next decision is half written: the shortage has begun anew
    row[LAYOUT.scaling.start + SHORT_SINCE] = word_time.to_word(200.0)
    assert short.read() == (90.0, 100.5)
