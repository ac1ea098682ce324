"""A text of a bounded length as words: filled up with zeros, and cut where it is too long."""

from __future__ import annotations

from punctuald.stats.board.layout import Words

_GAP = "…".encode()


def write_text(words: Words, text: str) -> None:
    """Of a text that is too long the beginning and most of the end stay: an error's type, and the file that a path
    leads to."""
    room = words.cast("B")
    encoded = text.encode(errors="replace")
    if len(encoded) > len(room):
        kept = len(room) - len(_GAP)
        encoded = encoded[: kept // 3] + _GAP + encoded[kept // 3 - kept :]
    room[:] = encoded.ljust(len(room), b"\0")


def read_text(words: Words) -> str:
    """What was written; half a character at the cut is left out."""
    return words.tobytes().rstrip(b"\0").decode(errors="ignore")
