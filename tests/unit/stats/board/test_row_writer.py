from __future__ import annotations

from dataclasses import replace
from threading import Thread

import pytest

from doubles.stats.row_totals import total
from doubles.stats.sample_rows import Sample, record
from punctuald.model import Metric, Stage
from punctuald.stats.board.board import Board
from punctuald.stats.board.digest import LOW_64, message_digest
from punctuald.stats.board.layout import SEQUENCE, Layout
from punctuald.stats.board.sample_writer import FULL, WRITTEN_TOGETHER
from punctuald.stats.figures.tier_record import TierRecord, record_reader

LAYOUT = Layout(queues=("orders",), tiers=("peak", "off"), handler_slots=1, workers=1)


def records(board: Board) -> list[TierRecord]:
    """Of the first queue, by tier."""
    found = record_reader(board.reader(0).words, board.layout).read()
    return [found.get((0, tier), TierRecord()) for tier in range(len(board.layout.tiers))]


def test_end_to_end_is_the_sum_of_the_stages() -> None:
    board = Board(LAYOUT)
    record(board.writer(0), [Sample(1, 0.1, 0.2, 0.3, 0.4, 0.000_005, met=True)])
    untouched, off = records(board)
    assert untouched == TierRecord()
    assert (off.met, off.missed) == (1, 0)
    assert [stage.sum_us for stage in off.stages] == [100_000, 200_000, 300_000, 400_000, 5, 1_000_005]


def test_a_stage_that_two_clocks_made_negative_counts_as_nothing() -> None:
    board = Board(LAYOUT)
    record(board.writer(0), [Sample(0, -1.0, -0.001, 0.0, 0.5, 0.0, met=False)])
    peak = records(board)[0]
    assert (peak.met, peak.missed) == (0, 1)
    assert [stage.max_us for stage in peak.stages] == [0, 0, 0, 500_000, 0, 500_000]


def test_full_tens_are_written_together_and_at_each_heartbeat() -> None:
    board = Board(LAYOUT)
    writer = board.writer(0)
    ten = [Sample(0, 0.0, 0.1, 0.1, 0.1, 0.1, met=True)] * FULL
    seen = []
    for _ in range(WRITTEN_TOGETHER // FULL):
        record(writer, ten)
        seen.append(records(board)[0].met)
    assert seen == [0] * (len(seen) - 1) + [WRITTEN_TOGETHER]
    record(writer, ten)
    writer.heartbeat(1.0)
    assert records(board)[0].met == WRITTEN_TOGETHER + FULL


def test_fewer_than_ten_are_written_at_once_with_those_before() -> None:
    board = Board(LAYOUT)
    sample = Sample(0, 0.0, 0.1, 0.1, 0.1, 0.1, met=True)
    writer = board.writer(0)
    record(writer, [sample] * FULL)
    record(writer, [sample, sample._replace(tier=1, met=False)])
    assert [(record.met, record.missed) for record in records(board)] == [(FULL + 1, 0), (0, 1)]


def test_a_row_that_a_process_ran_wild_in_can_be_given_to_the_next_one() -> None:
    board = Board(LAYOUT)
    board.writer(0).attach(11, 1.0)
    words = board.reader(0).words
    for place in range(LAYOUT.counters.start):
        words[place] = LOW_64
    assert [running.started_mono for running in board.retire(0)] == [pytest.approx(LOW_64 / 1e9)]
    board.writer(0).attach(12, 2.0)
    record(board.writer(0), [Sample(0, 0.0, 0.1, 0.1, 0.1, 0.1, met=True)])
    assert (board.reader(0).pid, records(board)[0].met) == (12, 1)


def test_handlers_in_threads_and_the_loop_write_words_of_their_own() -> None:
    board = Board(replace(LAYOUT, handler_slots=4))
    writer = board.writer(0)

    def handle(number: int) -> None:
        words = writer.handler_slot(number)
        for turn in range(500):
            words.start(f"{number}/{turn}", 0, 1.0 + turn)
            words.stop()
        words.start(f"last of {number}", 0, 9.0)

    threads = [Thread(target=handle, args=(number,), daemon=True) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(500):
        writer.count(0, Metric.DONE)
        record(writer, [Sample(0, 0.0, 0.1, 0.1, 0.1, 0.1, met=True)])
    for thread in threads:
        thread.join()
    assert total(board.reader(0), Metric.DONE) == 500
    assert [stage.count for stage in records(board)[0].stages] == [500] * len(Stage)
    held = [running.digest for running in board.reader(0).running()]
    assert held == [message_digest(f"last of {number}") for number in range(4)]


def test_a_sample_of_no_tier_leaves_the_slot_readable() -> None:
    board = Board(LAYOUT)
    writer = board.writer(0)
    with pytest.raises(IndexError):
        record(writer, [Sample(2, 0.0, 0.1, 0.1, 0.1, 0.1, met=True)])
    assert records(board) == [TierRecord(), TierRecord()]


def test_attaching_mends_the_sequence_that_a_killed_writer_left_odd() -> None:
    board = Board(LAYOUT)
    words = board.reader(0).words
    words[SEQUENCE] = 5
    board.writer(0).attach(pid=7, now_mono=5.0)
    assert words[SEQUENCE] == 6
