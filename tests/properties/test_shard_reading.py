"""Whatever goes wrong between a shard and us, each of its records arrives once in an assignment, and in order."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.kinesis.kinesis_double import THROTTLED, KinesisDouble, cut, refused
from doubles.kinesis.packed import packed
from doubles.kinesis.sink import CollectingSink, readers
from doubles.virtual_loop import run
from punctuald.clock import ManualClock
from punctuald.policy.leases.checkpoint import TRIM_HORIZON, Checkpoint

FAULTS = {
    "throttle": lambda: refused(THROTTLED),
    "expired": lambda: refused("ExpiredIteratorException"),
    "unknown iterator": lambda: refused("InvalidArgumentException"),
    "internal": lambda: refused("InternalFailure"),
    "denied": lambda: refused("AccessDeniedException"),
    "cut": cut,
}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 4)),  # user records in one; 0: a plain record
        st.tuples(st.just("fault"), st.sampled_from(sorted(FAULTS))),
        st.tuples(st.just("room"), st.sampled_from([0, 1, 3, 100])),
        st.tuples(st.just("empty"), st.integers(1, 3)),
        st.tuples(st.just("wait"), st.sampled_from([0.005, 0.2, 3.0, 400.0])),
        st.tuples(st.just("new assignment"), st.just(0)),
    ),
    max_size=25,
)
SETTLED_SECONDS = 120.0
Place = tuple[str, int]
"""A sequence number and a sub-sequence number."""


async def _story(clock: ManualClock, steps: list[tuple[str, object]]) -> tuple[list[Place], list[Place]]:
    """What arrived, and what was put."""
    api, sink, put = KinesisDouble(clock), CollectingSink(), list[Place]()
    shard, epoch = api.shards["s-0"], 1
    assignment = readers(api, sink, clock)
    assignment.begin("s-0", epoch, Checkpoint(TRIM_HORIZON))
    for kind, value in steps:
        if kind == "put":
            parts = int(str(value))
            number = api.put(packed([("k", b"x", None)] * parts) if parts else b"plain")
            put += [(number, sub) for sub in range(max(1, parts))]
        elif kind == "fault":
            shard.faults.append(FAULTS[str(value)]())
        elif kind == "room":
            sink.most = int(str(value))
        elif kind == "empty":
            shard.empty_answers += int(str(value))
        elif kind == "wait":
            await asyncio.sleep(float(str(value)))
        else:  # what arrived is done, and another owner goes on behind it
            epoch += 1
            done = sink.places()
            assignment.begin("s-0", epoch, Checkpoint(*done[-1]) if done else Checkpoint(TRIM_HORIZON))
    sink.most = 1_000
    await asyncio.sleep(SETTLED_SECONDS)
    return sink.places(), put


@given(STEPS)
@settings(deadline=None)
def test_each_record_arrives_once_and_in_order(steps: list[tuple[str, object]]) -> None:
    clock = ManualClock()
    arrived, put = run(_story(clock, steps), clock)
    assert arrived == put


@given(st.integers(1, 12), st.integers(0, 11))
@settings(deadline=None)
def test_a_checkpoint_in_the_midst_of_a_packed_record_goes_on_behind_it(parts: int, sub: int) -> None:
    sub = min(sub, parts - 1)
    clock = ManualClock()

    async def story() -> None:
        api, sink = KinesisDouble(clock), CollectingSink()
        before, number, after = api.put(), api.put(packed([("k", b"x", None)] * parts)), api.put()
        readers(api, sink, clock).begin("s-0", 1, Checkpoint(number, sub))
        await asyncio.sleep(1)
        assert sink.places() == [*((number, later) for later in range(sub + 1, parts)), (after, 0)]
        assert before not in sink.numbers()

    run(story(), clock)
