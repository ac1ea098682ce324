"""Whatever the writers do, wherever a worker or the observer is killed, and whatever is reloaded: intervals add up."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from doubles.stats.dying_words import DyingWords, Killed
from doubles.stats.sample_rows import Sample, record, samples
from punctuald.model import Metric, Stage
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.interval_reader import IntervalReader
from punctuald.stats.figures.intervals import Interval

FIRST = Layout(queues=("orders", "mails"), tiers=("peak", "off"), handler_slots=2, workers=2)
SECOND = Layout(queues=("bills", "orders"), tiers=("off", "peak"), handler_slots=1, workers=2)
THRESHOLDS = {"peak": 3.0, "off": 10.0}

indexes = st.integers(0, 2)


def counted(interval: Interval) -> Counter[tuple[object, ...]]:
    """Everything in it that can be added up."""
    all_counted: Counter[tuple[object, ...]] = Counter()
    for tier in interval.tiers:
        key = (tier.queue, tier.tier)
        all_counted[*key, "met"] += tier.met
        for cause, missed in tier.missed_by.items():
            all_counted[*key, cause] += missed
        for stage, histogram in tier.stages.items():
            all_counted[*key, stage, "sum"] += histogram.sum_us
            for cell, count in enumerate(histogram.cells, histogram.first_cell):
                all_counted[*key, stage, cell] += count
    for queue in interval.queues:
        for metric, count in queue.counts.items():
            all_counted[queue.queue, metric] += count
        all_counted[queue.queue, "errors"] += sum(queue.errors.values()) + queue.other_errors
    return +all_counted


class Intervals(RuleBasedStateMachine):
    """Three writers on each of one or two boards, one observer at a time, and what it logged so far."""

    def __init__(self) -> None:
        super().__init__()
        self.boards = [Board(FIRST)]
        self.start_workers()
        self.observer = self.new_observer()
        self.logged: Counter[tuple[object, ...]] = Counter()
        self.messages = 0
        self.killed = 0

    def start_workers(self) -> None:
        self.writers = [self.boards[-1].writer(index) for index in range(3)]
        for index, writer in enumerate(self.writers):
            writer.attach(pid=100 + index, now_mono=1.0)

    def new_observer(self) -> IntervalReader:
        return IntervalReader(self.boards, threshold_seconds=THRESHOLDS)

    @rule(index=indexes, sample=samples)
    def sample(self, index: int, sample: Sample) -> None:
        record(self.writers[index], [sample])
        self.messages += 1

    @rule(index=indexes, queue=st.integers(0, 1), metric=st.sampled_from(Metric), n=st.integers(1, 9))
    def count(self, index: int, queue: int, metric: Metric, n: int) -> None:
        self.writers[index].count(queue, metric, n)

    @rule(index=indexes, kind=st.integers(0, 50).map(str))
    def error(self, index: int, kind: str) -> None:
        self.writers[index].error("orders", f"ValueError shop.py:{kind}")

    @rule(index=indexes, overdue=st.integers(0, 3))
    def overdue(self, index: int, overdue: int) -> None:
        self.writers[index].overdue({(0, 0): (overdue, 2.0)} if overdue else {})

    @rule(index=indexes, sample=samples, stores=st.integers(0, 40), read=st.booleans())
    def kill_a_worker(self, index: int, sample: Sample, stores: int, read: bool) -> None:
        writer = self.writers[index]
        vars(writer._samples)["_words"] = DyingWords(writer._samples._words, stores)
        with suppress(Killed):
            record(writer, [sample])
        if read:  # while its row is torn
            self.log_an_interval()
        self.killed += 1
        self.boards[-1].retire(index)
        self.writers[index] = self.boards[-1].writer(index)
        self.writers[index].attach(pid=200, now_mono=2.0)

    @rule()
    def log_an_interval(self) -> None:
        self.logged += counted(self.observer.read(1.0))
        self.observer.logged()

    @rule()
    def fail_to_log_an_interval(self) -> None:
        self.observer.read(1.0)

    @rule()
    def end_the_observer(self) -> None:
        self.observer = self.new_observer()

    @rule(stores=st.integers(0, 1))
    def kill_the_observer_while_it_keeps_what_it_logged(self, stores: int) -> None:
        self.observer.read(1.0)
        kept = self.observer._kept[0]
        halves = tuple(DyingWords(half, stores) for half in kept._halves)
        vars(kept)["_halves"] = halves
        with suppress(Killed):
            self.observer.logged()
            raise AssertionError("it was not killed")
        self.observer = self.new_observer()

    @rule()
    def reload(self) -> None:
        if len(self.boards) == 1:
            self.boards.append(Board(SECOND))
            self.start_workers()
            self.observer = self.new_observer()

    @invariant()
    def check_that_intervals_add_up_to_the_totals(self) -> None:
        rest = counted(self.observer.read(1.0))
        new = IntervalReader(self.boards, threshold_seconds=THRESHOLDS)
        new._logged = [type(before)() for before in new._logged]  # as if nothing had been logged yet
        assert self.logged + rest == counted(new.read(1.0))

    @invariant()
    def check_that_each_whole_message_is_counted_once_in_each_stage(self) -> None:
        everything = self.logged + counted(self.observer.read(1.0))
        for stage in Stage:
            cells = sum(n for key, n in everything.items() if len(key) == 4 and key[2] is stage and key[3] != "sum")
            assert self.messages <= cells <= self.messages + self.killed


test_intervals_add_up_to_the_totals_whatever_is_killed_or_reloaded = Intervals.TestCase
Intervals.TestCase.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)  # about 10 s
