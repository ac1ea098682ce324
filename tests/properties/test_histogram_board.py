"""Whatever the writers do, and wherever one of them is killed, a snapshot's totals never go back."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from doubles.stats.dying_words import DyingWords, Killed
from doubles.stats.sample_rows import Sample, record, samples
from punctuald.model import Metric
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.row_writer import RowWriter
from punctuald.stats.figures.aggregator import Aggregator
from punctuald.stats.snapshot import Snapshot

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak", "off"), handler_slots=2, workers=2)

indexes = st.integers(0, 2)


def aggregator(board: Board) -> Aggregator:
    return Aggregator([board], threshold_seconds={"peak": 3.0, "off": 10.0}, objective=0.99)


def totals(snapshot: Snapshot) -> list[float]:
    counts = [count for queue in snapshot.counters.values() for count in queue.values()]
    outcomes = [total for tier in snapshot.tiers for total in (tier.met, tier.missed)]
    stages = [total for tier in snapshot.tiers for stage in tier.stages.values() for total in (stage.count, stage.max)]
    return [*counts, *outcomes, *stages]


class BoardUnderKills(RuleBasedStateMachine):
    """Three writers in any order; one reader that was there from the start, and one that comes anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self.board = Board(LAYOUT)
        self.writers = [self.board.writer(index) for index in range(3)]
        for index in range(3):
            self.attach(index)
        self.old_reader = aggregator(self.board)
        self.seen = totals(self.old_reader.snapshot())
        self.seen_anew = self.seen
        self.recorded = 0
        self.killed = 0

    def _living(self, index: int) -> RowWriter:
        if self.board.reader(index).pid == 0:
            self.attach(index)
        return self.writers[index]

    @rule(index=indexes)
    def attach(self, index: int) -> None:
        self.writers[index] = self.board.writer(index)
        self.writers[index].attach(pid=100 + index, now_mono=1.0)

    @rule(index=indexes, sample=samples)
    def sample(self, index: int, sample: Sample) -> None:
        record(self._living(index), [sample])
        self.recorded += 1

    @rule(index=indexes, queue=st.integers(0, 1), n=st.integers(0, 9))
    def count(self, index: int, queue: int, n: int) -> None:
        self._living(index).count(queue, Metric.RECEIVED, n)

    @rule(index=indexes, sample=samples, stores=st.integers(0, 40))
    def kill(self, index: int, sample: Sample, stores: int) -> None:
        writer = self._living(index)
        vars(writer._samples)["_words"] = DyingWords(writer._samples._words, stores)
        with suppress(Killed):
            record(writer, [sample])
        self.killed += 1
        self.check_totals()  # while the slot is torn
        self.board.retire(index)

    @invariant()
    def check_totals(self) -> None:
        now, anew = totals(self.old_reader.snapshot()), totals(aggregator(self.board).snapshot())
        assert all(before <= after for before, after in zip(self.seen, now, strict=True))
        assert all(before <= after for before, after in zip(self.seen_anew, anew, strict=True))
        self.seen, self.seen_anew = now, anew

    @invariant()
    def check_that_nothing_whole_is_lost_and_a_kill_adds_one_at_most(self) -> None:
        for stage in zip(*(tier.stages.values() for tier in self.old_reader.snapshot().tiers), strict=True):
            assert self.recorded <= sum(summary.count for summary in stage) <= self.recorded + self.killed


test_totals_never_go_back_wherever_a_writer_is_killed = BoardUnderKills.TestCase
BoardUnderKills.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)  # about 4 s
