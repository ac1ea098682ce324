"""No bytes that a child can write make the supervisor's side raise, wait or forget what came before."""

from __future__ import annotations

import socket
from contextlib import closing

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.process.status_bench import StatusBench
from punctuald.clock import ManualClock
from punctuald.process.channel.channel import ChildEnd, ParentEnd
from punctuald.process.channel.frame_reader import FrameReader
from punctuald.process.channel.frames import (
    Available,
    Cleared,
    Down,
    Dump,
    FrameError,
    Misconfigured,
    Pause,
    Ready,
    Recycle,
    Resume,
    Stuck,
    Target,
    Unavailable,
    Up,
    decode_down,
    decode_up,
    encode,
)
from punctuald.process.channel.operator_frames import Answered, Explained, Order, PoolState, Verb
from punctuald.process.channel.share_frames import Share
from punctuald.process.observer.status.decision_history import DecisionHistory
from punctuald.process.supervisor.queue_states import QueueStates
from punctuald.stats.board.digest import message_digest

FIXED = settings(derandomize=True, max_examples=300)

TEXT = st.text('aé€\U0001f600\n\0"\\{', max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2), max_leaves=5
)
KINDS = st.sampled_from(
    [
        "ready",
        "target",
        "recycle",
        "stuck",
        "ill",
        "misconfigured",
        "unavailable",
        "available",
        "ontime",
        "pause",
        "resume",
        "share",
        "ceiling",
        "dump",
        "order",
        "explained",
        "answered",
        "poolstate",
        "kind",
    ]
)
NAMES = st.sampled_from(
    [
        "start_seconds",
        "workers",
        "generation",
        "reason",
        "message_ids",
        "text",
        "queue",
        "concurrency",
        "rate_per_second",
        "refused",
        "number",
        "verb",
        "fields",
    ]
)
NEARLY_FRAMES = st.builds(
    lambda kind, said: {**said, "kind": kind}, KINDS | VALUES, st.dictionaries(NAMES, VALUES, max_size=3)
)
WORDS = st.text(min_size=1, max_size=12)
NUMBERS = st.integers(0, 2**53 - 1)
WORKERS = st.integers(0, 1_000_000)
SECONDS = st.floats(0, 1e9)
UP: st.SearchStrategy[Up] = st.one_of(
    st.builds(Ready, st.floats(0, 1e9)),
    st.builds(Target, st.integers(0, 1_000_000), st.integers(1, 2**53 - 1)),
    st.builds(Recycle, WORDS),
    st.builds(Stuck, st.lists(WORDS, max_size=5).map(tuple)),
    st.builds(Cleared, st.lists(WORDS, max_size=5).map(tuple)),
    st.builds(Misconfigured, WORDS),
    st.builds(Unavailable, WORDS, WORDS, st.booleans()),
    st.builds(Available, WORDS),
    st.builds(Explained, WORDS),
    st.builds(Order, NUMBERS, st.sampled_from(Verb), st.none() | st.integers(0, 1_000_000), st.none() | WORDS),
)
POOLS = st.builds(
    PoolState,
    *(WORDS, NUMBERS, NUMBERS, SECONDS, WORKERS, WORKERS, st.none() | WORKERS, WORKERS, WORKERS, WORDS),
    st.lists(st.tuples(WORDS, NUMBERS, NUMBERS, WORDS, NUMBERS, SECONDS), max_size=4).map(tuple),
    st.lists(st.tuples(WORDS, WORDS), max_size=3).map(tuple),
    st.lists(st.tuples(WORDS), max_size=3).map(tuple),
)
DOWN: st.SearchStrategy[Down] = st.one_of(
    st.builds(Pause, WORDS),
    st.builds(Resume, WORDS),
    st.builds(Share, WORDS, st.none() | st.integers(0, 2**53 - 1), st.none() | st.floats(0, 1e9)),
    st.just(Dump()),
    st.builds(Explained, WORDS),
    st.builds(Answered, NUMBERS, st.booleans(), WORDS),
    POOLS,
)
GARBAGE = st.binary(max_size=80) | (VALUES | NEARLY_FRAMES).map(orjson.dumps)
"""May hold line ends of its own."""


def understood(line: bytes) -> Up | None:
    try:
        return decode_up(line)
    except FrameError:
        return None


@FIXED
@given(GARBAGE)
def test_any_line_is_a_frame_or_refused_and_a_frame_is_fit_for_all_that_is_done_with_it(line: bytes) -> None:
    frame = understood(line)
    match frame:
        case Ready(start_seconds):
            assert round(start_seconds, 4) >= 0
        case Target(workers, generation):
            assert (type(workers), type(generation)) == (int, int)
            assert workers >= 0 < generation
        case Stuck(message_ids) | Cleared(message_ids):
            assert all(message_digest(message_id) >= 0 for message_id in message_ids)
        case Recycle(text) | Misconfigured(text):
            assert text.encode() is not None
        case Order(number, verb, workers, queue):
            assert encode(Answered(number, done=True, text=verb)) != b""
            assert workers is None or workers >= 0
            assert queue is None or queue
        case Explained(text):
            history = DecisionHistory(ManualClock())
            history.add(frame)
            assert len(history.newest(2)) <= 1
        case Unavailable() | Available():
            states = QueueStates([frame.queue], ManualClock())
            states.changed(1, frame)
            assert states.unavailable == ([frame.queue] if isinstance(frame, Unavailable) else [])
        case None:
            pass
    assert frame is None or decode_up(encode(frame)) == frame


@FIXED
@given(UP)
def test_whatever_a_child_says_is_understood(frame: Up) -> None:
    assert decode_up(encode(frame)) == frame


@FIXED
@given(DOWN)
def test_whatever_a_supervisor_says_is_understood(frame: Down) -> None:
    assert decode_down(encode(frame)) == frame


@FIXED
@given(st.lists(UP | GARBAGE, max_size=12), st.data())
def test_frames_among_garbage_are_heard_in_order_however_the_bytes_are_cut(
    story: list[Up | bytes], data: st.DataObject
) -> None:
    lines = [part + b"\n" if isinstance(part, bytes) else encode(part) for part in story]
    expected = [frame for line in b"".join(lines).split(b"\n") if (frame := understood(line)) is not None]
    stream = b"".join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = FrameReader(decode_up)
    heard = [
        frame
        for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for frame in reader.feed(stream[begin:end])
    ]
    assert heard == expected
    rest = iter(heard)
    assert all(part in rest for part in story if not isinstance(part, bytes))
    assert reader.refused == stream.count(b"\n") - len(heard)


@settings(FIXED, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["up", "down", "parent reads", "child reads"]), GARBAGE, DOWN), max_size=30))
def test_in_any_order_of_words_both_ways_nobody_waits_or_fails(story: list[tuple[str, bytes, Down]]) -> None:
    pair = socket.socketpair()
    with closing(ParentEnd(pair[0])) as parent, closing(ChildEnd(pair[1])) as child:
        sent: list[Down] = []
        heard: list[Down] = []
        for what, garbage, frame in story:
            match what:
                case "up":
                    pair[1].sendall(garbage)
                case "down":
                    parent.send(frame)
                    sent.append(frame)
                case "parent reads":
                    parent.read()
                case _:
                    heard += child.read()[0]
        heard += child.read()[0]
        assert heard == sent


@settings(FIXED, max_examples=60)
@given(POOLS)
def test_whatever_a_pool_is_like_the_document_of_it_is_json(pool: PoolState) -> None:
    bench = StatusBench()
    bench.status.pool_is(pool)
    document = orjson.loads(orjson.dumps(bench.read()))
    assert len(document["workers"]) == sum(row[0] == "worker" for row in pool.processes)


@settings(FIXED, max_examples=60)
@given(st.lists(GARBAGE | UP.map(encode), max_size=8), st.booleans())
def test_whatever_a_child_was_at_when_it_went_the_supervisor_is_told_so_and_goes_on(
    words: list[bytes], orders_were_unread: bool
) -> None:
    ours, theirs = socket.socketpair()
    with closing(ParentEnd(ours)) as parent:
        if orders_were_unread:
            parent.send(Dump())
        theirs.sendall(b"".join(words))
        theirs.close()
        heard = parent.read()
        assert heard == FrameReader(decode_up).feed(b"".join(words))
        assert parent.read() == []
        assert parent.awaited == 0
        parent.send(Dump())
        parent.flush()
        assert parent.awaited == 0
