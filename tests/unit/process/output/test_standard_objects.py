"""`sys.stdout` and `sys.stderr` as handlers find them."""

from __future__ import annotations

import io
import sys

import pytest

from punctuald.process.output.standard_objects import standard_objects_replaced


def test_all_ways_to_write_arrive_at_once() -> None:
    written: list[tuple[str, bytes]] = []
    with standard_objects_replaced(lambda *piece: written.append(piece)):
        print("text", end="")  # noqa: T201
        print("\ud800", file=sys.stderr, end="")  # noqa: T201
        sys.stdout.buffer.write(b"\xff")
        sys.__stdout__.writelines(["a", "b"])  # type: ignore[union-attr]
        sys.stdout.reconfigure(encoding="latin-1")  # type: ignore[union-attr]
        print("\xe9", end="")  # noqa: T201
    assert b"".join(data for stream, data in written if stream == "stdout") == b"text\xffab\xe9"
    assert b"".join(data for stream, data in written if stream == "stderr") == b"\\ud800"


def test_they_look_like_pythons_own() -> None:
    with standard_objects_replaced(lambda *_: None):
        assert (sys.stdout.fileno(), sys.stderr.fileno()) == (1, 2)
        assert (sys.stdout.name, sys.stdout.mode, sys.stdout.encoding) == ("<stdout>", "w", "utf-8")
        assert not sys.stdout.isatty()
        assert sys.stdout.writable()
        assert not sys.stdout.readable()


def test_closing_them_or_what_wraps_them_keeps_nobody_from_printing() -> None:
    written: list[bytes] = []
    with standard_objects_replaced(lambda _, data: written.append(data)):
        wrapper = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-16")
        del wrapper
        sys.stdout.close()
        print("still here", end="")  # noqa: T201
    assert b"".join(written) == b"still here"


def test_no_fault_of_the_log_is_raised_in_a_print() -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    with standard_objects_replaced(fail):
        print("lost", flush=True)  # noqa: T201


def test_what_was_there_before_comes_back() -> None:
    before = sys.stdout, sys.stderr
    with pytest.raises(ValueError, match="of the import"), standard_objects_replaced(lambda *_: None):
        raise ValueError("of the import")
    assert (sys.stdout, sys.stderr) == before
