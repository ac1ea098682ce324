"""A text of a bounded length as words: filled up with zeros, and cut where it is too long."""

from __future__ import annotations

from punctuald.stats.board.layout import Words


def write_text(words: Words, text: str) -> None:
    """Of a text that is too long the end stays, which says more than the beginning of a path."""
    room = words.cast("B")
    encoded = text.encode(errors="replace")
    if len(encoded) > len(room):
        encoded = "…".encode() + encoded[len("…".encode()) - len(room) :]
    room[:] = encoded.ljust(len(room), b"\0")


def read_text(words: Words) -> str:
    """What was written; half a character at the cut is left out."""
    return words.tobytes().rstrip(b"\0").decode(errors="ignore")
