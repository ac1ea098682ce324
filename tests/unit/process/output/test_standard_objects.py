"""`sys.stdout` and `sys.stderr` as handlers find them."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.config import LoggingSettings
from punctuald.process.output.output import prints_as_events
from punctuald.process.output.standard_objects import standard_objects_replaced
from punctuald.process.output.unwritten import Unwritten


def test_all_ways_to_write_arrive_at_once() -> None:
    written: list[tuple[str, bytes]] = []
    with standard_objects_replaced(lambda *piece: written.append(piece), Unwritten()):
        print("text", end="")  # noqa: T201
        print("\ud800", file=sys.stderr, end="")  # noqa: T201
        sys.stdout.buffer.write(b"\xff")
        sys.__stdout__.writelines(["a", "b"])  # type: ignore[union-attr]
        sys.stdout.reconfigure(encoding="latin-1")  # type: ignore[union-attr]
        print("\xe9", end="")  # noqa: T201
    assert b"".join(data for stream, data in written if stream == "stdout") == b"text\xffab\xe9"
    assert b"".join(data for stream, data in written if stream == "stderr") == b"\\ud800"


def test_they_look_like_pythons_own() -> None:
    with standard_objects_replaced(lambda *_: None, Unwritten()):
        assert (sys.stdout.fileno(), sys.stderr.fileno()) == (1, 2)
        assert (sys.stdout.name, sys.stdout.mode, sys.stdout.encoding) == ("<stdout>", "w", "utf-8")
        assert not sys.stdout.isatty()
        assert sys.stdout.writable()
        assert not sys.stdout.readable()


def test_closing_them_or_what_wraps_them_keeps_nobody_from_printing() -> None:
    written: list[bytes] = []
    with standard_objects_replaced(lambda _, data: written.append(data), Unwritten()):
        wrapper = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-16")
        del wrapper
        sys.stdout.close()
        print("still here", end="")  # noqa: T201
    assert b"".join(written) == b"still here"


def test_no_fault_of_the_log_is_raised_in_a_print_and_each_line_is_counted_once() -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    unwritten = Unwritten()
    with standard_objects_replaced(fail, unwritten):
        print("all", "of", "it", flush=True)  # noqa: T201
        print("as", "well", sep="\n")  # noqa: T201
        sys.stdout.write("a whole one\n")
        print(file=sys.stderr)  # noqa: T201
    assert unwritten.lines == 5


def test_what_is_printed_at_the_end_of_a_recursion_is_a_line_or_is_counted() -> None:
    tried = printed = 0

    def recurse() -> None:
        nonlocal tried, printed
        tried += 1
        print("deeper")  # noqa: T201
        printed += 1
        recurse()

    settings = LoggingSettings(handler_output_lines_per_second=100_000)
    with capture_logs() as logged, prints_as_events(settings, ManualClock()), contextlib.suppress(RecursionError):
        recurse()
    assert logged[-1]["event"] == "handler.output_suppressed"
    assert logged[-1]["reason"] == "could not be written"
    lines = [each["line"] for each in logged[:-1]]
    assert set(lines) == {"deeper"}
    assert printed <= len(lines) + logged[-1]["lines"] <= tried, "the last print may have raised"


def test_what_was_there_before_comes_back() -> None:
    before = sys.stdout, sys.stderr
    with pytest.raises(ValueError, match="of the import"), standard_objects_replaced(lambda *_: None, Unwritten()):
        raise ValueError("of the import")
    assert (sys.stdout, sys.stderr) == before
