"""Fields that are too many for one line, in as few lines as they need. Each line can be read alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

MOST_BYTES = 3_800
"""Of the fields of one line: a line has 4,096 bytes, and timestamp, level, event, process and the part need some."""

_PAIRS_TOGETHER = 8
_KEY_BYTES = 6  # quotes, colon, comma, braces

Piece = tuple[tuple[str, ...], Any]
"""Where a value goes, and the value: what is not divided any further."""


def in_parts(head: Mapping[str, Any], body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``head`` is in each part, with ``part`` (from 1) and ``parts`` where there are several. ``body`` is divided:
    between its fields, between those of a field that is a mapping, and where a list of a mapping is long, within it.
    Nothing of it is in two parts, so what parts have can be added up.
    """
    parts: list[dict[str, Any]] = [{}]
    room = left = MOST_BYTES - _size(head)
    for path, value in _pieces(body):
        size = _size(value) + sum(len(key) + _KEY_BYTES for key in path)
        if size > left and parts[-1]:
            parts.append({})
            left = room
        left -= size
        _put(parts[-1], path, value)
    if len(parts) == 1:
        return [{**head, **parts[0]}]
    return [{**head, "part": number, "parts": len(parts), **part} for number, part in enumerate(parts, 1)]


def _pieces(body: Mapping[str, Any]) -> list[Piece]:
    pieces: list[Piece] = []
    for name, value in body.items():
        if isinstance(value, Mapping):
            for key, inner in value.items():
                pieces += [((name, key), chunk) for chunk in _chunks(inner)]
        else:
            pieces.append(((name,), value))
    return pieces


def _chunks(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        return [value]
    return [value[begin : begin + _PAIRS_TOGETHER] for begin in range(0, len(value), _PAIRS_TOGETHER)]


def _put(part: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        part = part.setdefault(key, {})
    if path[-1] in part:
        part[path[-1]] += value
    else:
        part[path[-1]] = value


def _size(value: Any) -> int:
    return len(orjson.dumps(value))
