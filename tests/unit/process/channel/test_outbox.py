"""What waits for a child: bounded, oldest first, and no more than one order on a subject."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from doubles.process.pool_states import pool_state
from punctuald.process.channel.frame_reader import FrameReader
from punctuald.process.channel.frames import Down, Dump, Pause, Resume, decode_down
from punctuald.process.channel.operator_frames import Answered
from punctuald.process.channel.outbox import MOST_WAITING, Outbox
from punctuald.process.channel.share_frames import Share

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        yield ours, theirs


def written(outbox: Outbox, pair: Pair) -> list[Down]:
    outbox.write_to(pair[0])
    return FrameReader(decode_down).feed(pair[1].recv(1 << 20))


def test_frames_are_written_in_the_order_in_which_they_were_put(pair: Pair) -> None:
    outbox = Outbox()
    assert not outbox
    frames: list[Down] = [Pause("b"), Share("b", 1, None), Pause("a"), Dump()]
    for frame in frames:
        outbox.put(frame)
    assert outbox
    assert written(outbox, pair) == frames
    assert not outbox


def test_a_later_order_takes_the_place_of_one_on_the_same_subject_and_none_is_lost(pair: Pair) -> None:
    outbox = Outbox()
    frames: list[Down] = [Pause("a"), Pause("b"), Share("a", 1, None), Dump(), Resume("a"), Share("a", 2, 5.0), Dump()]
    for frame in frames:
        outbox.put(frame)
    assert written(outbox, pair) == [Pause("b"), Resume("a"), Share("a", 2, 5.0), Dump()]
    assert outbox.dropped == 0


def test_at_the_bound_the_oldest_goes_and_is_counted(pair: Pair) -> None:
    outbox = Outbox()
    for number in range(MOST_WAITING + 3):
        outbox.put(Pause(f"queue {number}"))
    frames = written(outbox, pair)
    assert (len(frames), frames[0], outbox.dropped) == (MOST_WAITING, Pause("queue 3"), 3)


def test_a_frame_that_was_begun_is_ended_before_another_is_and_is_never_dropped(pair: Pair) -> None:
    ours, theirs = pair
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    outbox, reader, heard = Outbox(), FrameReader(decode_down), list[Down]()
    sent = [Pause("é" * 500 + str(number)) for number in range(100)]
    for frame in sent:
        outbox.put(frame)
    while outbox:
        try:
            outbox.write_to(ours)
        except BlockingIOError:
            heard += reader.feed(theirs.recv(100))
    theirs.settimeout(0)
    while len(heard) < len(sent):
        heard += reader.feed(theirs.recv(100))
    assert heard == sent


def test_where_nobody_is_left_to_write_to_nothing_waits() -> None:
    outbox = Outbox()
    outbox.put(Dump())
    outbox.clear()
    assert not outbox


def test_the_pool_as_it_was_gives_way_to_the_pool_as_it_is_and_every_order_keeps_its_answer(pair: Pair) -> None:
    outbox = Outbox()
    answers = [Answered(number, done=True, text="done") for number in (1, 2)]
    for frame in (pool_state(wanted=1), answers[0], pool_state(wanted=2), answers[1]):
        outbox.put(frame)
    assert written(outbox, pair) == [answers[0], pool_state(wanted=2), answers[1]]
