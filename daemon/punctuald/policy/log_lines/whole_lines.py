"""Cuts what is written in pieces into lines."""

from __future__ import annotations

from typing import NamedTuple

_LONGEST_CHARACTER = 4  # bytes, in UTF-8
_KIND, _CONTINUES = 0xC0, 0x80  # the bits that tell a character's first byte from its others


class Cut(NamedTuple):
    """``lines`` without line feeds and without empty ones; ``rest`` waits for the rest of its line."""

    lines: tuple[bytes, ...]
    rest: bytes


def cut(kept: bytes, came: bytes, longest: int) -> Cut:
    """``kept`` is the rest of the last cut.

    What is longer than ``longest`` bytes (4 or more) becomes several lines, cut between characters of UTF-8; other
    bytes may be cut anywhere.
    """
    if b"\n" not in came and len(kept) + len(came) <= longest:
        return Cut((), kept + came)
    *whole, rest = (kept + came).split(b"\n")
    lines: list[bytes] = []
    for line in whole:
        lines.extend(_pieces(line.rstrip(b"\r"), longest))
    if len(rest) > longest:
        *full, rest = _pieces(rest, longest)
        lines.extend(full)
    return Cut(tuple([line for line in lines if line.strip()]), rest)


def _pieces(line: bytes, longest: int) -> list[bytes]:
    if len(line) <= longest:
        return [line]
    pieces: list[bytes] = []
    begin = 0
    while len(line) - begin > longest:
        end = _between_characters(line, begin + longest)
        pieces.append(line[begin:end])
        begin = end
    return [*pieces, line[begin:]]


def _between_characters(line: bytes, end: int) -> int:
    """The last place up to ``end`` that is in the middle of no character."""
    for back in range(_LONGEST_CHARACTER):
        if line[end - back] & _KIND != _CONTINUES:
            return end - back
    return end
