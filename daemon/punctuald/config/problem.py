"""One thing that is wrong with a configuration, and the key that it is wrong with."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Where a setting stands: ``("queue", 0, "wait_seconds")``. Numbers count the entries of a list from 0."""

LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the setting at ``path``, in words for the person who has to mend it."""

    path: KeyPath
    text: str


def dotted(path: KeyPath) -> str:
    """``queue[0].wait_seconds``: a path as a person reads it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A value as its writer would recognise it, cut where it is too long for a line."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was most likely meant to be."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), None)
