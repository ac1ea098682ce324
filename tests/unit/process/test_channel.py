"""JSON lines upward, a lifeline downward."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from punctuald.process.channel import ChildEnd, ParentEnd, open_channel

Channel = tuple[ParentEnd, ChildEnd]


@pytest.fixture
def channel() -> Iterator[Channel]:
    parent, child = open_channel()
    with closing(parent), closing(child):
        yield parent, child


@pytest.fixture
def raw() -> Iterator[tuple[ParentEnd, socket.socket]]:
    """A parent's end, and a child that may write what it likes."""
    parent, child = socket.socketpair()
    with closing(ParentEnd(parent)) as end, child:
        yield end, child


def readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def test_what_a_child_tells_is_read_in_order(channel: Channel) -> None:
    parent, child = channel
    child.tell("ready", start_seconds=0.5)
    child.tell("recycle", reason="age")
    assert readable(parent.fileno())
    assert parent.read() == [{"kind": "ready", "start_seconds": 0.5}, {"kind": "recycle", "reason": "age"}]


def test_reading_never_waits(channel: Channel) -> None:
    assert channel[0].read() == []


def test_a_line_that_comes_in_pieces_is_put_together(raw: tuple[ParentEnd, socket.socket]) -> None:
    parent, child = raw
    child.sendall(b'{"kind":"rea')
    assert parent.read() == []
    child.sendall(b'dy"}\n{"ki')
    assert parent.read() == [{"kind": "ready"}]


def test_what_a_dying_child_garbled_is_dropped_and_the_rest_is_heard(raw: tuple[ParentEnd, socket.socket]) -> None:
    parent, child = raw
    child.sendall(b'{"kind":\n[1]\n\xff\xfe\n{"kind":"ready"}\n')
    assert parent.read() == [{"kind": "ready"}]


def test_the_last_words_of_a_dead_child_are_still_heard_and_then_nothing(channel: Channel) -> None:
    parent, child = channel
    child.tell("misconfigured", text="no such queue")
    child.close()
    assert parent.read() == [{"kind": "misconfigured", "text": "no such queue"}]
    assert parent.read() == []


def test_a_childs_end_becomes_readable_only_when_the_parent_is_gone(channel: Channel) -> None:
    parent, child = channel
    assert not readable(child.fileno())
    parent.close()
    assert readable(child.fileno())
    with pytest.raises(OSError, match="Broken pipe"):
        child.tell("ready")
