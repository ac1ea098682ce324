"""Lines of what is written in pieces."""

from __future__ import annotations

import threading

from punctuald.delivery.run.current_call import Call, CallEnds
from punctuald.process.output.lines import MOST_KEPT, Lines

FIRST: Call = ("orders", "first", ())
SECOND: Call = ("orders", "second", ())


class Written:
    """Lines, and what they became."""

    def __init__(self) -> None:
        self.all: list[tuple[str, bytes, Call | None]] = []
        self.ends = CallEnds()
        self.lines = Lines(lambda *line: self.all.append(line), 100, self.ends)


def test_calls_threads_and_streams_do_not_end_one_anothers_lines() -> None:
    written = Written()
    written.lines.write("stdout", b"one, ", FIRST)
    written.lines.write("stdout", b"two, ", SECOND)
    written.lines.write("stderr", b"three, ", FIRST)
    thread = threading.Thread(target=written.lines.write, args=("stdout", b"four\n", FIRST))
    thread.start()
    thread.join()
    for stream, call in (("stdout", FIRST), ("stdout", SECOND), ("stderr", FIRST)):
        written.lines.write(stream, b"end\n", call)
    assert written.all == [
        ("stdout", b"four", FIRST),
        ("stdout", b"one, end", FIRST),
        ("stdout", b"two, end", SECOND),
        ("stderr", b"three, end", FIRST),
    ]
    assert not written.ends.waiting


def test_the_end_of_a_call_ends_its_lines() -> None:
    written = Written()
    written.lines.write("stdout", b"begun", FIRST)
    written.ends.ended(SECOND)
    assert not written.all
    written.ends.ended(FIRST)
    written.ends.ended(FIRST)
    assert written.all == [("stdout", b"begun", FIRST)]
    assert not written.ends.waiting


def test_what_outlives_its_call_is_kept_for_so_many_only() -> None:
    written = Written()
    for number in range(MOST_KEPT + 1):
        written.lines.write("stdout", b"begun", ("orders", str(number), ()))
    assert written.all == [("stdout", b"begun", ("orders", "0", ()))]
    assert len(written.ends.waiting) == MOST_KEPT
    written.lines.end_all()
    assert len(written.all) == MOST_KEPT + 1


def test_a_fork_begins_with_nothing() -> None:
    written = Written()
    written.lines.write("stdout", b"begun", FIRST)
    written.lines.forget_all()
    written.ends.ended(FIRST)
    written.lines.end_all()
    assert not written.all
