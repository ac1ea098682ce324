"""Bytes from a pipe to frames, whatever the bytes are and wherever they break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .frames import FrameError

LONGEST_LINE_BYTES = 1 << 20
"""The most of an unfinished line that is kept in memory; the longest frame, with 4,096 ids of SQS, takes a sixth."""

_Frame = TypeVar("_Frame")


class FrameReader(Generic[_Frame]):
    """Reads one pipe for its whole life. A line that can't be understood is dropped, and counted in ``refused``."""

    def __init__(self, decode: Callable[[bytes], _Frame]) -> None:
        self._decode = decode
        self._partial = bytearray()
        self._skips = False  # whether what comes is the rest of a line that is too long
        self.refused = 0
        self.refusal = ""  # why the first one was refused

    def feed(self, data: bytes) -> list[_Frame]:
        """The frames that ``data`` completes."""
        *ended, begun = data.split(b"\n")
        frames = [frame for piece in ended if (frame := self._end_line(piece)) is not None]
        self._go_on(begun)
        return frames

    def _end_line(self, piece: bytes) -> _Frame | None:
        self._go_on(piece)
        skipped, self._skips = self._skips, False
        if skipped:
            return None
        if not self._partial:  # not worth an exception: there may be tens of thousands in one read
            self._refuse("an empty line")
            return None
        line = bytes(self._partial)
        self._partial.clear()
        try:
            return self._decode(line)
        except FrameError as error:
            self._refuse(str(error))
            return None

    def _go_on(self, piece: bytes) -> None:
        if self._skips:
            return
        self._partial += piece
        if len(self._partial) > LONGEST_LINE_BYTES:
            self._partial.clear()
            self._skips = True
            self._refuse(f"a line of more than {LONGEST_LINE_BYTES} bytes")

    def _refuse(self, why: str) -> None:
        self.refused += 1
        self.refusal = self.refusal or why
