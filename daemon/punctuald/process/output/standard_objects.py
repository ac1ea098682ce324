"""`sys.stdout` and `sys.stderr` as handlers find them: what is written there is a line where it arises.

It does not go through the descriptors, so it is in the log before the next statement runs, even if that one is the
process's last, and nothing that happens to a descriptor raises in a `print`.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

from .unwritten import Unwritten

Write = Callable[[str, bytes], None]
"""Called with the stream's name and the next bytes."""


_LINE_FEED = b"\n"


class StandardBytes(io.RawIOBase):
    """``sys.stdout.buffer``: bytes of any encoding. Never closed, for others go on printing."""

    mode = "wb"

    def __init__(
        self, stream: str, descriptor: int, write: Write, flush: Callable[[], None], unwritten: Unwritten
    ) -> None:
        self._flush = flush
        self._unwritten = unwritten
        self._lost_a_beginning = False
        self.name = f"<{stream}>"
        self._stream = stream
        self._descriptor = descriptor
        self._write = write

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """For programs that a handler starts: what they write comes through a pipe, and is lines as well."""
        return self._descriptor

    def write(self, data: Any) -> int:
        """Takes everything, always."""
        taken = bytes(data)
        try:
            self._write(self._stream, taken)
        except Exception:  # noqa: BLE001 - a message's fate must not hang on what is printed for it
            if not self._lost_a_beginning:  # print writes a line in pieces
                self._unwritten.lines += 1  # without a call: see `Unwritten`
            self._lost_a_beginning = _LINE_FEED not in taken
        return len(taken)

    def flush(self) -> None:
        """Lines are out already."""
        self._flush()

    def close(self) -> None:
        """Does nothing: whoever wraps it in another object closes it when that one goes."""


def replace_standard_objects(write: Write, unwritten: Unwritten, flush: Callable[[], None] = lambda: None) -> None:
    """Have everybody who asks `sys` for its streams get such objects. Where ``write`` raises, it is counted in
    ``unwritten``; ``flush`` must not raise."""
    sys.stdout = sys.__stdout__ = _text(StandardBytes("stdout", 1, write, flush, unwritten))  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text(StandardBytes("stderr", 2, write, flush, unwritten))  # type: ignore[misc]


@contextlib.contextmanager
def standard_objects_replaced(write: Write, unwritten: Unwritten) -> Iterator[None]:
    """Likewise while the with-block runs."""
    before = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    replace_standard_objects(write, unwritten)
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = before  # type: ignore[misc]


def _text(raw: Any) -> io.TextIOWrapper:
    text = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)
    text.mode = "w"  # type: ignore[misc]  # as Python's own have it
    return text
