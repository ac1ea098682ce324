"""A board as workers and an autoscaler leave it, for those who show what is on it."""

from __future__ import annotations

from doubles.stats.sample_rows import Sample, record
from punctuald.model import Backlog, Metric
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.scaling.decide import Reason
from punctuald.policy.scaling.guards import Guard
from punctuald.stats.board.board import Board
from punctuald.stats.board.interval.scaling_words import ScalingWords
from punctuald.stats.board.layout import Layout
from punctuald.view.metrics.figures import DaemonFigures, DaemonReader

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak", "off"), handler_slots=2, workers=4)
THRESHOLDS = {"peak": 3.0, "off": 10.0}
NOW_MONO = 10.0


def read_daemon(*boards: Board) -> DaemonFigures:
    """At `NOW_MONO`."""
    return DaemonReader(boards, threshold_seconds=THRESHOLDS, objective=0.99).read(NOW_MONO, is_ready=True)


def written_board() -> Board:
    """Two workers, one of which takes messages and did three of «orders» in «peak», two of them on time; an autoscaler
    that wants three workers; and an observer."""
    board = Board(LAYOUT)
    _working(board)
    board.writer(1).attach(pid=101, now_mono=9.0)
    _deciding(board)
    board.writer(LAYOUT.observer).attach(pid=104, now_mono=1.0)
    return board


def _working(board: Board) -> None:
    writer = board.writer(0)
    writer.attach(pid=100, now_mono=1.0)
    writer.slots(2)
    writer.ready(1.5, start_seconds=0.5)
    writer.loop_lag(0.003)
    on_time = Sample(0, 0.0, 0.1, 0.0, 0.5, 0.0, met=True)
    record(writer, [on_time, on_time, Sample(0, 0.0, 4.0, 0.0, 0.5, 0.0, met=False, queue=0, cause=MissCause.QUEUE)])
    writer.count(0, Metric.DONE, 3)
    writer.heartbeat(9.5)


def _deciding(board: Board) -> None:
    board.writer(LAYOUT.workers).attach(pid=103, now_mono=1.0)
    board.decision_writer().write(
        ScalingWords(
            decided_mono=9.0,
            workers=3,
            reason=next(iter(Reason)),
            caps={Guard.CPU: 4},
            head_age_seconds=0.8,
            backlogs={0: Backlog(visible=12, in_flight=3, delayed=0, read_mono=6.0, behind_seconds=1.5)},
        )
    )
