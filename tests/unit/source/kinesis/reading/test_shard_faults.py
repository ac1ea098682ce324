"""Whatever goes wrong between two reads, a record that was delivered is not delivered again, and none is left out."""

from __future__ import annotations

import asyncio

import pytest

from doubles.kinesis.kinesis_double import THROTTLED, KinesisDouble, cut, refused
from doubles.kinesis.sink import CollectingSink, readers
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceMisconfigured, SourceMissing
from punctuald.policy.leases.checkpoint import TRIM_HORIZON, Checkpoint
from punctuald.source.kinesis.api.errors import UNREADABLE, is_throttled

START = Checkpoint(TRIM_HORIZON)
POLL_SECONDS = 0.25


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
