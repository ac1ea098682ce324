"""Whatever happens between two reads, a record that was delivered is not delivered again, and none is left out."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from captured_logs import capture_logs
from doubles.kinesis.kinesis_double import LATENCY_SECONDS, THROTTLED, KinesisDouble, cut, refused
from doubles.kinesis.packed import packed
from doubles.kinesis.sink import CollectingSink, readers
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.policy.leases.checkpoint import AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, Checkpoint
from punctuald.source.kinesis.api.errors import UNREADABLE, is_throttled
from punctuald.source.kinesis.reading.shard_reader import END_OF_OPEN_SHARD

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
async def test_an_iterator_that_expired_while_there_was_no_room_costs_no_record_and_repeats_none(
    clock: ManualClock,
) -> None:
    api, sink = KinesisDouble(clock), CollectingSink(most=2)
    numbers = [api.put() for _ in range(5)]
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(0.1)
    sink.most = 0
    before = len(api.calls)
    await asyncio.sleep(400)
    assert len(api.calls) == before, "it reads without room"
    sink.most = 100
    await asyncio.sleep(2)
    assert (sink.numbers(), sink.errors) == (numbers, [])


@on_virtual_time
async def test_no_more_is_asked_for_than_there_is_room(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink(most=7)
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(0.1)
    sink.most = 50_000
    await asyncio.sleep(1)
    assert [call.parameters["Limit"] for call in api.reads()[:2]] == [7, 10_000]


@on_virtual_time
async def test_a_connection_that_is_cut_costs_no_record_and_repeats_none(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink(most=1)
    numbers = [api.put() for _ in range(4)]
    reader = readers(api, sink, clock)
    reader.begin("s-0", 1, START)
    for _ in range(4):
        api.shards["s-0"].faults.append(cut())
        await asyncio.sleep(3)
    assert sink.numbers() == numbers
    assert len(sink.errors) == 4


@on_virtual_time
async def test_an_error_that_lasts_is_asked_about_less_and_less_often(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.shards["s-0"].faults += [refused("InternalFailure") for _ in range(40)]
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(60)
    assert 8 <= len(sink.errors) <= 14


@on_virtual_time
async def test_an_iterator_that_the_server_does_not_know_any_more_is_not_used_again(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    first = api.put()
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(0.1)
    api.shards["s-0"].faults.append(refused("InvalidArgumentException"))
    await asyncio.sleep(1)
    second = api.put()
    await asyncio.sleep(2)
    assert sink.numbers() == [first, second]
    assert [call.parameters.get("StartingSequenceNumber") for call in api.calls if "Iterator" in call.operation] == [
        None,
        first,
    ]


@on_virtual_time
async def test_iterators_that_are_always_too_old_are_an_error_and_no_loop(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(0.1)
    api.shards["s-0"].faults += [refused("ExpiredIteratorException") for _ in range(1_000)]
    await asyncio.sleep(10)
    assert 1 <= len(sink.errors) < len(api.calls) < 20


@on_virtual_time
async def test_a_throttle_of_one_shard_delays_only_that_one(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock, "s-0", "s-1"), CollectingSink()
    both = readers(api, sink, clock)
    both.begin("s-0", 1, START)
    both.begin("s-1", 2, START)
    await asyncio.sleep(0.1)
    api.shards["s-0"].faults += [refused(THROTTLED) for _ in range(4)]
    api.put(shard="s-0")
    for _ in range(12):
        api.put(shard="s-1")
        await asyncio.sleep(POLL_SECONDS)
    assert len(api.reads("s-1")) >= 11
    assert len(api.reads("s-0")) <= 6
    assert {(shard, is_throttled(error)) for shard, error in sink.errors} == {("s-0", True)}
    await asyncio.sleep(8)
    assert len(sink.numbers("s-0")) == 1


@on_virtual_time
async def test_a_throttle_keeps_the_iterator(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(0.1)
    api.shards["s-0"].faults.append(refused(THROTTLED))
    await asyncio.sleep(3)
    assert sum(call.operation == "GetShardIterator" for call in api.calls) == 1


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
async def test_a_shard_that_ended_is_told_with_its_children_after_its_last_record(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock, "s-0", "s-1", "s-2"), CollectingSink()
    number = api.put()
    api.shards["s-0"].children = ["s-1", "s-2"]
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(5)
    assert (sink.numbers(), sink.ends) == ([number], {"s-0": ["s-1", "s-2"]})
    assert len(api.reads()) == 1, "it reads on behind the end"


@on_virtual_time
async def test_a_server_that_names_no_children_ends_a_shard_all_the_same(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    api.shards["s-0"].children, api.shards["s-0"].names_children = ["s-1", "s-2"], False
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(1)
    assert sink.ends == {"s-0": []}


@on_virtual_time
async def test_a_shard_that_is_gone_by_retention_has_ended(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock, "s-0", "s-1"), CollectingSink()
    api.shards["s-0"].is_gone = True
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(1)
    assert (sink.ends, sink.errors) == ({"s-0": []}, [])


@on_virtual_time
async def test_an_end_of_a_shard_that_is_listed_as_open_is_an_error_and_no_end(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    number = api.put()
    shard = api.shards["s-0"]
    shard.children, shard.is_listed_open = [], True
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(3)
    assert sink.ends == {}
    assert {error.code for _, error in sink.errors} == {END_OF_OPEN_SHARD}  # type: ignore[attr-defined]
    await asyncio.sleep(60)
    assert len(sink.errors) < 15, "it asks as often as it can"
    shard.is_listed_open = False  # the list was late
    await asyncio.sleep(30)
    assert (sink.ends, sink.numbers()) == ({"s-0": []}, [number])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", SourceMisconfigured),
        ("ResourceNotFoundException", SourceMissing),
        ("KMSDisabledException", SourceMisconfigured),
    ],
)
def test_what_a_person_must_mend_is_said_and_tried_again(code: str, kind: type[Exception]) -> None:
    @on_virtual_time
    async def story(clock: ManualClock) -> None:
        api, sink = KinesisDouble(clock), CollectingSink()
        number = api.put()
        api.shards["s-0"].faults += [refused(code), refused(code)]
        readers(api, sink, clock).begin("s-0", 1, START)
        await asyncio.sleep(5)
        assert [type(error) for _, error in sink.errors] == [kind, kind]
        assert sink.numbers() == [number]

    story()


@on_virtual_time
async def test_what_nobody_foresaw_reaches_the_loops_handler_and_leaves_the_other_shards_alone(
    clock: ManualClock,
) -> None:
    api, sink = KinesisDouble(clock, "s-0", "s-1"), CollectingSink()
    api.shards["s-0"].faults.append(ZeroDivisionError())
    failures: list[BaseException] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))
    both = readers(api, sink, clock)
    both.begin("s-0", 1, START)
    both.begin("s-1", 2, START)
    api.put(shard="s-1")
    await asyncio.sleep(1)
    assert [type(failure) for failure in failures] == [ZeroDivisionError]
    assert len(sink.numbers("s-1")) == 1


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


@on_virtual_time
async def test_an_answer_that_does_not_say_how_far_behind_it_is_is_an_error(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink()
    number = api.put()
    api.shards["s-0"].left_out = ["MillisBehindLatest"]
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(1)
    assert sink.records == []
    assert {error.code for _, error in sink.errors} == {UNREADABLE}  # type: ignore[attr-defined]
    api.shards["s-0"].left_out = []
    await asyncio.sleep(30)
    assert sink.numbers() == [number]


@on_virtual_time
async def test_answers_that_are_too_large_for_their_time_are_asked_for_in_smaller_pieces(clock: ManualClock) -> None:
    api, sink = KinesisDouble(clock), CollectingSink(most=100)
    numbers = [api.put() for _ in range(100)]
    api.shards["s-0"].longest_answer = 20  # records, on this line
    readers(api, sink, clock).begin("s-0", 1, START)
    await asyncio.sleep(60)
    assert sink.numbers() == numbers
    assert len(sink.errors) <= 4
