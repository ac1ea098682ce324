"""Shards that are ours: what is done of each without a gap, and how they are given up, lost and ended."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import pytest

from doubles.kinesis.scripted_readers import ScriptedReaders
from doubles.limited_log import limited_log
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Release
from punctuald.policy.leases.checkpoint import TRIM_HORIZON, Checkpoint
from punctuald.source.kinesis.reading.shard_sink import ShardSink
from punctuald.source.kinesis.shard_readings import FULL, MOST_WAITING_BYTES, ShardReadings
from punctuald.source.kinesis.stream import KinesisStream
from punctuald.testing.virtual_loop import VirtualLoop

BEGIN = Checkpoint(TRIM_HORIZON)
STREAM = KinesisStream("s", "s", "app", revoke_timeout_seconds=5)


class Desk:
    """Shard A is ours, from its beginning."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.readings = ShardReadings(STREAM, self._read_with, self.clock, limited_log(self.clock))
        self.buffer = self.readings.buffer
        self.settled: list[tuple[str, Sequence[str]]] = []
        self.readings.on_settled(lambda shard, children: self.settled.append((shard, children)))
        self.readings.gained("A", BEGIN, None)

    def _read_with(self, sink: ShardSink) -> ScriptedReaders:
        self.readers = ScriptedReaders(sink)
        return self.readers

    def lag(self) -> tuple[float | None, int]:
        return self.readings.behind_seconds, self.readings.records_behind

    def run(self, coroutine: object) -> object:
        with asyncio.Runner(loop_factory=lambda: VirtualLoop(self.clock)) as runner:
            return runner.run(coroutine)  # type: ignore[arg-type]


def test_what_is_done_is_the_last_record_before_a_gap() -> None:
    desk = Desk()
    desk.readers.bring("A", 10, 20, 30)
    first, second, third = desk.buffer.take(10)
    progress = []
    for record in (second, first, third):
        assert desk.buffer.done([record]) == []
        progress.append(desk.readings.progress("A"))
    assert progress == [BEGIN, Checkpoint("20"), Checkpoint("30")]


def test_a_shard_that_is_given_up_lets_what_runs_finish_and_says_how_far_it_is() -> None:
    desk = Desk()
    desk.readers.bring("A", 1, 2, 3)
    running = desk.buffer.take(2)

    async def finish(shards: Collection[str]) -> None:
        assert list(shards) == ["A"]
        await asyncio.sleep(2)
        assert desk.buffer.done(running) == []

    desk.readings.on_revoked = finish
    assert desk.run(desk.readings.give_up("A")) == Checkpoint("2")
    assert "A" not in desk.readers.running
    assert (desk.buffer.take(10), desk.readings.progress("A")) == ([], None)


def test_what_does_not_finish_in_time_is_the_next_owners() -> None:
    desk = Desk()
    desk.readers.bring("A", 1, 2)
    running = desk.buffer.take(2)

    async def too_long(_: Collection[str]) -> None:
        await asyncio.sleep(60)

    desk.readings.on_revoked = too_long
    begun_mono = desk.clock.mono()
    assert desk.run(desk.readings.give_up("A")) == BEGIN
    assert desk.clock.mono() - begun_mono == pytest.approx(5, abs=0.1)
    assert {failure.code for failure in desk.buffer.done(running)} == {"NotAssigned"}


def test_nothing_of_a_lost_shard_counts_any_more_also_when_it_comes_back() -> None:
    desk = Desk()
    desk.readers.bring("A", 1)
    running = desk.buffer.take(1)
    desk.readings.lost("A")
    assert "A" not in desk.readers.running
    desk.readings.gained("A", Checkpoint("0"), None)
    assert {failure.code for failure in desk.buffer.done(running)} == {"NotAssigned"}
    assert desk.readings.progress("A") == Checkpoint("0")


def test_a_shard_that_is_lost_while_it_is_given_up_and_taken_anew_stays_ours() -> None:
    desk = Desk()

    async def lose_and_take(_: Collection[str]) -> None:
        desk.readings.on_revoked = None
        desk.readings.lost("A")
        desk.readings.gained("A", Checkpoint("7"), None)

    desk.readings.on_revoked = lose_and_take
    desk.run(desk.readings.give_up("A"))
    assert desk.readers.running == {"A": Checkpoint("7")}
    assert desk.readings.progress("A") == Checkpoint("7")


def test_what_a_stopped_reader_still_brings_is_not_taken() -> None:
    desk = Desk()
    desk.readings.lost("A")
    desk.readers.bring("A", 1)
    assert desk.buffer.take(10) == []


def test_a_shard_has_ended_when_its_last_record_is_done_and_not_when_it_is_read() -> None:
    desk = Desk()
    desk.readers.bring("A", 1, 2)
    desk.readings.ended("A", ["B", "C"])
    first, second = desk.buffer.take(2)
    desk.buffer.give_back([Release(first)])
    desk.buffer.done([second])
    desk.readings.look_for_settled(["A"])
    assert desk.settled == []
    desk.buffer.done(desk.buffer.take(1))
    desk.readings.look_for_settled(["A"])
    desk.readings.look_for_settled(["A"])
    assert desk.settled == [("A", ["B", "C"])], "said once"


def test_a_shard_that_ends_with_nothing_in_it_is_settled_at_once() -> None:
    desk = Desk()
    desk.readings.ended("A", [])
    assert desk.settled == [("A", [])]


def test_there_is_no_room_while_so_much_waits_and_none_for_a_paused_shard() -> None:
    desk = Desk()
    assert desk.readings.room("A") == FULL
    desk.readers.bring("A", *range(FULL))
    assert desk.readings.room("A") <= 0
    desk.buffer.take(FULL)
    assert desk.readings.room("A") == FULL
    desk.buffer.paused.add("A")
    assert desk.readings.room("A") <= 0


def test_a_few_large_records_fill_the_buffer_as_many_small_ones_do() -> None:
    desk = Desk()
    desk.readers.bring("A", 1, 2, body="x" * (MOST_WAITING_BYTES // 2))
    assert desk.readings.room("A") <= 0


def test_a_shard_that_fails_is_no_trouble_while_another_one_answers() -> None:
    desk = Desk()
    desk.readings.gained("B", BEGIN, None)
    error = SourceUnavailable("away", code="X")
    troubles = []
    for shard in ("A", "B"):
        desk.readings.failed(shard, error)
        troubles.append(desk.readings.trouble)
    desk.readings.answered("A", 0.0)
    assert [*troubles, desk.readings.trouble] == [None, error, None]


def test_a_throttled_shard_is_read_more_slowly_and_that_is_no_trouble() -> None:
    desk = Desk()
    desk.readings.failed("A", SourceUnavailable("slow down", code="ProvisionedThroughputExceededException"))
    assert desk.readings.trouble is None


def test_how_far_it_is_behind_is_what_is_not_read_and_what_is_not_done() -> None:
    desk = Desk()
    said = [desk.lag()]
    desk.readings.answered("A", 60.0)
    desk.readers.bring("A", *range(101), apart_seconds=0.1)  # 101 records in 10 s
    said.append(desk.lag())
    desk.readings.answered("A", 0.0)
    desk.buffer.done(desk.buffer.take(100))
    said.append(desk.lag())
    assert said == [(None, 0), (60.0, 101 + 606), (0.0, 1)]
