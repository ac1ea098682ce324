"""Real forks and real SIGKILLs on one board."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from doubles.stats.row_totals import total
from doubles.stats.sample_rows import Sample, record
from punctuald.model import Metric, Stage
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import SEQUENCE, Layout
from punctuald.stats.figures.aggregator import Aggregator
from punctuald.stats.figures.interval_reader import IntervalReader
from punctuald.stats.figures.pool_totals import PoolTotalsReader

LAYOUT = Layout(queues=("orders",), tiers=("peak",), handler_slots=2, workers=8)
MESSAGE = "0f8fad5b-d9cb-469f-a165-70867728950e"
NOW = 1_700_000_000.0
KILLS = 40
PATIENCE_SECONDS = 10.0


def aggregator(board: Board) -> Aggregator:
    return Aggregator([board], threshold_seconds={"peak": 3.0}, objective=0.99)


def fork_sampling(board: Board) -> int:
    """A child that records samples until it is killed."""
    pid = os.fork()
    if pid:
        return pid
    try:
        writer = board.writer(0)
        writer.attach(os.getpid(), time.monotonic())
        writer.handler_slot(1).start(MESSAGE, 0, time.monotonic())
        while True:
            writer.count(0, Metric.DONE)
            record(writer, [Sample(0, 0.0, 0.001, 0.002, 0.003, 0.004, met=True)])
    finally:
        os._exit(1)


def wait_for(condition: Callable[[], bool]) -> None:
    give_up_mono = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_mono, "the child never got there"


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def totals(reader: Aggregator, of_pool: PoolTotalsReader) -> list[float]:
    snapshot, load = reader.snapshot(), of_pool.read(5.0, NOW)
    peak = snapshot.tiers[0]
    stages = [peak.stages[stage].count for stage in Stage]
    return [snapshot.total(Metric.DONE), peak.met, *stages, load.ended_total, load.service_count_total]


def test_totals_never_go_back_over_workers_that_are_killed_while_sampling() -> None:
    board = Board(LAYOUT)
    readers, view = (aggregator(board), PoolTotalsReader([board])), board.reader(0)
    seen, torn = totals(*readers), 0
    for _ in range(KILLS):
        done = total(view, Metric.DONE)
        pid = fork_sampling(board)
        wait_for(lambda before=done: total(view, Metric.DONE) > before + 20)  # type: ignore[misc]
        during = totals(*readers)
        kill(pid)
        torn += view.words[SEQUENCE] % 2
        dead = totals(*readers)
        assert [running.message for running in board.retire(0)] == [MESSAGE]
        retired = totals(*readers)
        for before, after in ((seen, during), (during, dead), (dead, retired)):
            assert all(one <= other for one, other in zip(before, after, strict=True))
        seen = retired
    assert torn > 0, "no kill hit the middle of a sample: this test proved nothing"
    assert max(seen[:8]) - min(seen[:8]) <= 2 * KILLS  # a killed sample is out by one in some words, and no more


def test_intervals_add_up_over_workers_that_are_killed_and_observers_that_are_replaced() -> None:
    board, logged = Board(LAYOUT), Counter[str]()
    for _ in range(KILLS // 4):
        intervals = IntervalReader([board], threshold_seconds={"peak": 3.0})
        done = total(board.reader(0), Metric.DONE)
        pid = fork_sampling(board)
        wait_for(lambda before=done: total(board.reader(0), Metric.DONE) > before + 20)  # type: ignore[misc]
        logged += counted(intervals)  # while it writes
        kill(pid)
        board.retire(0)
        logged += counted(intervals)
    snapshot = aggregator(board).snapshot()
    assert logged["met"] == snapshot.tiers[0].met > 20 * KILLS // 4
    assert [logged[stage.name] for stage in Stage] == [snapshot.tiers[0].stages[stage].count for stage in Stage]
    assert logged["done"] == snapshot.total(Metric.DONE)
    assert logged["running when killed"] == KILLS // 4


def counted(intervals: IntervalReader) -> Counter[str]:
    """One interval, which is then logged."""
    interval = intervals.read(now_mono=time.monotonic())
    intervals.logged()
    found = Counter[str]()
    for tier in interval.tiers:
        found["met"] += tier.met
        found.update({stage.name: tier.stages[stage].count for stage in Stage})
    for queue in interval.queues:
        found["done"] += queue.counts[Metric.DONE]
        found["running when killed"] += queue.duplicates_by["worker_died"]
    return found


def test_slots_that_nobody_attached_cost_no_memory_also_when_read() -> None:
    board = Board(LAYOUT)
    readers = aggregator(board), PoolTotalsReader([board])
    pid = fork_sampling(board)
    wait_for(lambda: total(board.reader(0), Metric.DONE) > 20)
    kill(pid)
    totals(*readers)
    assert 0 < resident_bytes(board) < 256 * 1024 < LAYOUT.size_bytes


def resident_bytes(board: Board) -> int:
    """Of the largest shared mapping that has just the board's size."""
    maps = Path("/proc/self/smaps").read_text()
    kilobytes = LAYOUT.size_bytes // 1024
    pattern = rf"/dev/zero \(deleted\)\nSize: +{kilobytes} kB\n(?:.*\n)*?Rss: +(\d+) kB"
    assert board.layout == LAYOUT
    return max(int(found) * 1024 for found in re.findall(pattern, maps))
