"""Frames both ways, a lifeline downward, and a supervisor that never waits."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from captured_logs import capture_logs
from punctuald.process.channel import channel as channel_module
from punctuald.process.channel.channel import LAST_WORDS_BYTES, ChildEnd, ParentEnd, open_channel
from punctuald.process.channel.frames import Down, Dump, Misconfigured, OnTime, Pause, Ready, Recycle, Resume, Up
from punctuald.process.channel.share_frames import Share

Channel = tuple[ParentEnd, ChildEnd]
Raw = tuple[ParentEnd, socket.socket]


@pytest.fixture
def channel() -> Iterator[Channel]:
    parent, child = open_channel()
    with closing(parent), closing(child):
        yield parent, child


@pytest.fixture
def raw() -> Iterator[Raw]:
    """A parent's end, and a child that may write what it likes."""
    parent, child = socket.socketpair()
    with closing(ParentEnd(parent)) as end, child:
        yield end, child


def readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def fill(parent: ParentEnd) -> None:
    """Tell so much that the kernel's buffer takes no more."""
    number = 0
    while not parent.awaited & select.POLLOUT:
        parent.send(Pause(f"full {number}"))
        number += 1


def write_until_full(child: socket.socket) -> int:
    written = 0
    while True:
        try:
            written += child.send(b"x" * 1000)
        except BlockingIOError:
            return written


def tell_until_it_fails(child: ChildEnd) -> None:
    while True:
        child.send(Recycle("x" * 8000))


def read_all(parent: ParentEnd, child: ChildEnd) -> list[Down]:
    heard: list[Down] = []
    while frames := child.read()[0]:
        heard += frames
        parent.flush()
    return heard


# --- upward


def test_what_a_child_tells_is_read_in_order(channel: Channel) -> None:
    parent, child = channel
    child.send(Ready(0.5))
    child.send(Recycle("age"))
    assert readable(parent.fileno())
    assert parent.read() == [Ready(0.5), Recycle("age")]


def test_reading_never_waits(channel: Channel) -> None:
    assert channel[0].read() == []
    assert channel[1].read() == ([], False)


def test_a_line_that_comes_in_pieces_is_put_together(raw: Raw) -> None:
    parent, child = raw
    child.sendall(b'{"kind":"rea')
    assert parent.read() == []
    child.sendall(b'dy","start_seconds":1}\n{"ki')
    assert parent.read() == [Ready(1.0)]


def test_what_a_child_garbled_is_counted_and_the_rest_is_heard(raw: Raw) -> None:
    parent, child = raw
    child.sendall(b'{"kind":\n{}\n[]\n\xff\xfe\n{"kind":"ready","start_seconds":1}\n')
    assert parent.read() == [Ready(1.0)]
    assert (parent.refused, parent.refusal) == (4, "not JSON")


def test_a_line_without_end_takes_a_bounded_memory_and_what_follows_it_is_heard(raw: Raw) -> None:
    parent, child = raw
    writer = threading.Thread(
        target=child.sendall, args=(b"x" * 10_000_000 + b"\n" + b'{"kind":"recycle","reason":"r"}\n',)
    )
    writer.start()
    heard: list[Up] = []
    while not heard:
        select.select([parent.fileno()], [], [])
        heard = parent.read()
    writer.join()
    assert heard == [Recycle("r")]
    assert (parent.refused, parent.refusal) == (1, "a line of more than 1048576 bytes")


def test_the_last_words_of_a_dead_child_are_still_heard_and_then_nothing(channel: Channel) -> None:
    parent, child = channel
    child.send(Misconfigured("no such queue"))
    child.close()
    assert parent.read() == [Misconfigured("no such queue")]
    assert parent.read() == []


def test_last_words_are_heard_behind_all_that_a_pipe_can_hold(raw: Raw) -> None:
    parent, child = raw
    child.settimeout(0)
    written = write_until_full(child)
    assert parent.read() == []
    child.sendall(b'\n{"kind":"recycle","reason":"r"}\n')
    child.close()
    assert written > channel_module.READ_BYTES
    assert parent.read(LAST_WORDS_BYTES) == [Recycle("r")]


def test_last_words_are_heard_though_the_child_left_its_orders_unread(channel: Channel) -> None:
    parent, child = channel
    parent.send(Dump())
    child.send(Misconfigured("no such queue"))
    child.close()  # the kernel now answers with ECONNRESET
    assert parent.read() == [Misconfigured("no such queue")]
    assert parent.read() == []


def test_a_child_that_closed_its_end_is_waited_for_no_longer(channel: Channel) -> None:
    parent, child = channel
    assert parent.awaited == select.POLLIN
    child.close()
    assert parent.read() == []
    assert readable(parent.fileno()), "a wait for it would never wait"
    assert parent.awaited == 0


def test_a_child_does_not_wait_for_ever_for_a_parent_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "_LONGEST_TELL_SECONDS", 0.05)
    parent, child = open_channel()
    with closing(parent), closing(child):
        with pytest.raises(TimeoutError):
            tell_until_it_fails(child)
        with pytest.raises(BrokenPipeError):  # half a frame is sent: another one behind it would be garbled
            child.send(Ready(0.0))


# --- downward


def test_what_a_parent_tells_is_read_in_order(channel: Channel) -> None:
    parent, child = channel
    orders: list[Down] = [Pause("orders"), Share("mails", 2, 0.5), Dump(), Resume("orders")]
    for order in orders:
        parent.send(order)
    assert readable(child.fileno())
    assert child.read() == (orders, False)
    assert not readable(child.fileno())


def test_a_childs_end_is_readable_when_the_parent_is_gone_and_says_so(channel: Channel) -> None:
    parent, child = channel
    assert not readable(child.fileno())
    parent.send(Dump())
    parent.close()
    assert readable(child.fileno())
    assert child.read() == ([Dump()], False)
    assert child.read() == ([], True)
    with pytest.raises(OSError, match="Broken pipe"):
        child.send(Ready(0.0))


def test_a_parent_that_goes_with_words_unread_is_gone_and_no_error(channel: Channel) -> None:
    parent, child = channel
    child.send(Ready(0.0))
    parent.close()
    assert child.read() == ([], True)


def test_a_childs_end_wakes_an_event_loop(channel: Channel) -> None:
    parent, child = channel

    async def heard() -> tuple[list[Down], bool]:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(child, readable.set)
        parent.send(Dump())
        await readable.wait()
        loop.remove_reader(child)
        return child.read()

    assert asyncio.run(heard()) == ([Dump()], False)


def test_a_child_drops_what_it_does_not_understand_and_says_so_once() -> None:
    ours, theirs = socket.socketpair()
    with closing(ChildEnd(theirs)) as child, ours, capture_logs() as log:
        ours.sendall(b'{}\n{"kind":"dump"}\n')
        assert child.read() == ([Dump()], False)
        ours.sendall(b"[]\n")
        assert child.read() == ([], False)
    assert [(line["event"], line["error"]) for line in log] == [("channel.frame_refused", "unknown kind")]


def test_telling_a_child_that_never_reads_does_not_wait_and_keeps_a_bounded_number(channel: Channel) -> None:
    parent, _ = channel
    fill(parent)
    for number in range(10_000):
        parent.send(Pause(f"late {number}"))
    assert parent.awaited == select.POLLIN | select.POLLOUT
    assert parent.dropped > 9_000


def test_what_waited_is_told_when_the_child_reads_again_and_then_no_room_is_waited_for(channel: Channel) -> None:
    parent, child = channel
    fill(parent)
    parent.send(Resume("last"))
    heard = read_all(parent, child)
    assert heard == [*(Pause(f"full {number}") for number in range(len(heard) - 1)), Resume("last")]
    assert parent.awaited == select.POLLIN


def test_a_child_that_wakes_up_gets_the_newest_orders_whatever_was_dropped(channel: Channel) -> None:
    parent, child = channel
    fill(parent)
    for number in range(1_000):
        parent.send(Pause(f"late {number}"))
    heard = read_all(parent, child)
    assert heard[-3:] == [Pause("late 997"), Pause("late 998"), Pause("late 999")]


def test_telling_a_child_that_is_gone_is_no_error_and_keeps_nothing(channel: Channel) -> None:
    parent, child = channel
    fill(parent)
    child.close()
    for _ in range(3):
        parent.send(Dump())
    parent.flush()
    assert parent.awaited & select.POLLOUT == 0


def test_a_child_inherits_no_descriptor_into_what_it_executes(channel: Channel) -> None:
    for end in channel:
        flags = Path(f"/proc/self/fdinfo/{end.fileno()}").read_text().split("flags:")[1].split()[0]
        assert int(flags, 8) & 0o2000000  # O_CLOEXEC


def test_an_offer_to_a_parent_that_does_not_read_is_refused_at_once_and_garbles_nothing(channel: Channel) -> None:
    parent, child = channel
    offered = [OnTime("peak_hours", number / 100_000, violated=False) for number in range(100_000)]
    taken = [frame for frame in offered if child.offer(frame)]
    assert 0 < len(taken) < len(offered)
    heard: list[Up] = []
    while frames := parent.read():
        heard += frames
    assert heard == taken
    assert parent.refused == 0
    assert child.offer(OnTime("peak_hours", None, violated=True))
