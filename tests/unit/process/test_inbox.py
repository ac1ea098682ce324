"""Notes from any thread, and a descriptor that wakes the one that reads."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator

import pytest

from punctuald.process.inbox import Inbox, Note


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    os.close(inbox.fileno())


def readable(inbox: Inbox) -> bool:
    return bool(select.select([inbox], [], [], 0)[0])


def test_an_empty_inbox_wakes_nobody_and_reading_it_never_waits(inbox: Inbox) -> None:
    assert not readable(inbox)
    assert inbox.read() == []


def test_notes_wake_the_reader_and_come_in_order_and_once(inbox: Inbox) -> None:
    inbox.put(Note.RECEIVED)
    inbox.put(Note.MISCONFIGURED, "no such queue")
    assert readable(inbox)
    assert inbox.read() == [(Note.RECEIVED, ""), (Note.MISCONFIGURED, "no such queue")]
    assert not readable(inbox)
    assert inbox.read() == []


def test_no_note_of_many_writers_is_lost(inbox: Inbox) -> None:
    def write(writer: int) -> None:
        for number in range(100):
            inbox.put(Note.RECEIVED, f"{writer}/{number}")

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in writers:
        thread.start()
    heard = inbox.read()
    for thread in writers:
        thread.join(5)
    heard += inbox.read()
    assert {text for _, text in heard} == {f"{writer}/{number}" for writer in range(4) for number in range(100)}
    assert len(heard) == 400
