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

Write = Callable[[str, bytes], None]
"""Called with the stream's name and the next bytes."""


class StandardBytes(io.RawIOBase):
    """``sys.stdout.buffer``: bytes of any encoding. Never closed, for others go on printing."""

    mode = "wb"

    def __init__(self, stream: str, descriptor: int, write: Write, flush: Callable[[], None]) -> None:
        self._flush = flush
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
        try:  # noqa: SIM105 - twice as fast
            self._write(self._stream, taken)
        except Exception:  # noqa: BLE001, S110 - a message's fate must not hang on what is printed for it
            pass
        return len(taken)

    def flush(self) -> None:
        """Lines are out already."""
        self._flush()

    def close(self) -> None:
        """Does nothing: whoever wraps it in another object closes it when that one goes."""


def replace_standard_objects(write: Write, flush: Callable[[], None] = lambda: None) -> None:
    """Have everybody who asks `sys` for its streams get such objects. ``flush`` must not raise."""
    sys.stdout = sys.__stdout__ = _text("stdout", 1, write, flush)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text("stderr", 2, write, flush)  # type: ignore[misc]


@contextlib.contextmanager
def standard_objects_replaced(write: Write) -> Iterator[None]:
    """Likewise while the with-block runs."""
    before = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    replace_standard_objects(write)
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = before  # type: ignore[misc]


def _text(stream: str, descriptor: int, write: Write, flush: Callable[[], None]) -> io.TextIOWrapper:
    raw: Any = StandardBytes(stream, descriptor, write, flush)
    text = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)
    text.mode = "w"  # type: ignore[misc]  # as Python's own have it
    return text
