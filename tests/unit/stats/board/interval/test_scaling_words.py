from __future__ import annotations

from math import inf

from punctuald.model import Backlog
from punctuald.policy.delivery.miss_cause import NEVER, Span
from punctuald.stats.board.board import Board
from punctuald.stats.board.interval.scaling_words import ScalingWords
from punctuald.stats.board.layout import Layout

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak",), handler_slots=1, workers=2)
AUTOSCALER = LAYOUT.workers
DECIDED = ScalingWords(
    decided_mono=100.0,
    workers=7,
    reason=3,
    caps={0: 4, 5: 0},
    head_age_seconds=1.5,
    short=Span(90.0, inf),
    backlogs={1: Backlog(5, 6, 7, read_mono=99.0)},
)


def test_a_decision_is_read_as_it_was_written() -> None:
    board = Board(LAYOUT)
    writer, reader = board.decision_writer(), board.decision()
    assert reader.read() is None
    writer.write(DECIDED)
    assert reader.read() == DECIDED
    later = ScalingWords(decided_mono=101.0, workers=8, reason=0, short=Span(90.0, 100.5), backlogs=DECIDED.backlogs)
    writer.write(later)
    assert reader.read() == later


def test_a_worker_knows_since_when_there_are_too_few_workers_while_the_autoscaler_lives() -> None:
    board = Board(LAYOUT)
    short = board.short_of_workers()
    assert short.last() is NEVER
    board.writer(AUTOSCALER).attach(pid=7, now_mono=1.0)
    board.decision_writer().write(DECIDED)
    assert short.last() == (90.0, inf)
    board.retire(AUTOSCALER)
    assert short.last() is NEVER
