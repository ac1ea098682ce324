"""How much of a list goes into a line of the log: a line must not grow with what was in flight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

MOST_LISTED = 20
"""Of messages' ids these are a quarter of the longest line; and nobody reads more."""


def listed(**lists: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a line: each list by its name, with its first `MOST_LISTED`; NAME_more is how many there are beside
    these, and is left out where there are none."""
    fields: dict[str, Any] = {}
    for name, items in lists.items():
        fields[name] = _first(items)
        if len(items) > MOST_LISTED:
            fields[f"{name}_more"] = len(items) - MOST_LISTED
    return fields


def _first(items: Sequence[Any] | Mapping[str, Any]) -> list[Any] | dict[str, Any]:
    return dict(islice(items.items(), MOST_LISTED)) if isinstance(items, Mapping) else list(items[:MOST_LISTED])
