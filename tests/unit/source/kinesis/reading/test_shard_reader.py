"""A record that was delivered is not delivered again, none is left out, and a shard is read as often as it may be."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from captured_logs import capture_logs
from doubles.kinesis.kinesis_double import LATENCY_SECONDS, KinesisDouble
from doubles.kinesis.packed import packed
from doubles.kinesis.sink import CollectingSink, readers
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.policy.leases.checkpoint import AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, Checkpoint

START = Checkpoint(TRIM_HORIZON)
POLL_SECONDS = 0.25


@on_virtual_time
async def test_a_shard_is_read_from_its_beginning_and_then_as_records_come(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    first = [api.put() for _ in range(3)]
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(1)
    later = [api.put() for _ in range(2)]
    await asyncio.sleep(1)
    assert sink.numbers() == first + later


@on_virtual_time
async def test_reading_goes_on_after_the_checkpoint(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    done, *rest = [api.put() for _ in range(3)]
    readers(api, sink, clock).begin("s-0", 1, Checkpoint(done))
    await asyncio.sleep(1)
    assert sink.numbers() == rest


@on_virtual_time
async def test_reading_begins_at_a_time(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.put()
    clock.advance(10)
    since_utc = clock.utc()
    wanted = api.put()
    readers(api, sink, clock).begin("s-0", 1, Checkpoint(AT_TIMESTAMP), since_utc)
    await asyncio.sleep(1)
    assert sink.numbers() == [wanted]


@on_virtual_time
async def test_a_time_that_is_still_to_come_by_kinesis_clock_is_waited_for(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    since_utc = clock.utc() + 120
    readers(api, sink, clock).begin("s-0", 1, Checkpoint(AT_TIMESTAMP), since_utc)
    await asyncio.sleep(110)
    errors = [error for _, error in sink.errors]
    assert {type(error) for error in errors} == {SourceUnavailable}
    assert "that time is still to come" in str(errors[0])
    api.put()
    await asyncio.sleep(20)
    wanted = api.put()
    await asyncio.sleep(6)
    assert sink.numbers() == [wanted]


@pytest.mark.parametrize("word", [LATEST, SHARD_END, AT_TIMESTAMP])
def test_what_is_no_place_is_no_beginning(word: str) -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match=word):
        readers(KinesisDouble(clock), CollectingSink(), clock).begin("s-0", 1, Checkpoint(word))


@on_virtual_time
async def test_no_more_is_asked_for_than_there_is_room(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink(most=7)
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(0.1)
    sink.most = 50_000
    await asyncio.sleep(1)
    assert [call.parameters["Limit"] for call in api.reads()[:2]] == [7, 10_000]


@on_virtual_time
async def test_empty_answers_behind_the_tip_are_not_the_end(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.shards["s-0"].empty_answers = 20
    number = api.put()
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(0.1)
    assert sink.behind == {"s-0": 60.0}
    await asyncio.sleep(21 * POLL_SECONDS)
    assert sink.numbers() == [number], "it slowed down though it was behind"
    assert sink.behind == {"s-0": 0.0}


@on_virtual_time
async def test_a_shard_is_never_read_more_often_than_four_times_a_second(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink(most=1)
    for _ in range(100):
        api.put()
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(10)
    times = [call.at_mono for call in api.reads()]
    assert 38 <= len(times) <= 41
    assert min(later - earlier for earlier, later in pairwise(times)) >= POLL_SECONDS - 1e-6


@on_virtual_time
async def test_an_idle_shard_is_read_once_a_second_and_a_record_wakes_it_up(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(60)
    before = len(api.reads())
    await asyncio.sleep(10)
    assert 9 <= len(api.reads()) - before <= 11
    api.put()
    await asyncio.sleep(1.1)
    before = len(api.reads())
    await asyncio.sleep(1)
    assert len(api.reads()) - before >= 3


@on_virtual_time
async def test_a_reader_that_is_stopped_in_the_middle_of_a_call_brings_nothing(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.put()
    reader = readers(api, sink, clock)
    reader.begin("s-0", 1, START)
    await asyncio.sleep(1.5 * LATENCY_SECONDS)
    assert len(api.reads()) == 1
    reader.stop("s-0")
    await asyncio.sleep(5)
    assert (sink.records, sink.behind, sink.errors, len(api.reads())) == ([], {}, [], 1)


@on_virtual_time
async def test_a_reader_that_its_sink_stops_brings_nothing_more(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.put()
    api.shards["s-0"].children = []
    reader = readers(api, sink, clock)
    sink.on_arrival = lambda: reader.stop("s-0")
    reader.begin("s-0", 1, START)
    await asyncio.sleep(5)
    assert (len(sink.records), sink.ends) == (1, {})


@on_virtual_time
async def test_a_checkpoint_whose_record_is_gone_is_said_and_what_is_left_is_read(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    done, _, left = [api.put() for _ in range(3)]
    del api.shards["s-0"].records[:2]
    with capture_logs() as lines:
        readers(api, sink, clock).begin("s-0", 1, Checkpoint(done))
        await asyncio.sleep(1)
    assert sink.numbers() == [left]
    assert [line["first"] for line in lines if line["event"] == "kinesis.checkpoint_gone"] == [left]


@on_virtual_time
async def test_room_is_shared_out_among_what_is_packed(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink(most=100)
    for _ in range(20):
        api.put(packed([("k", b"x", None)] * 50))
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(2)
    assert [call.parameters["Limit"] for call in api.reads()[:3]] == [100, 2, 2]
