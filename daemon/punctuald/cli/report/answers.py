"""The answer to a question in SQL: as a table, as JSON, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import orjson

from punctuald.view.columns import columns
from punctuald.view.terminal.human import UNKNOWN
from punctuald.view.terminal.printable import printable

Rows = Sequence[tuple[Any, ...]]


def as_table(names: Sequence[str], rows: Rows) -> str:
    """For a person; NULL is a dash."""
    if not names:
        return ""
    cells = [[UNKNOWN if value is None else printable(value) for value in row] for row in rows]
    words = next((place for place in range(len(names)) if _is_number(rows, place)), len(names))
    return "\n".join(columns([printable(name) for name in names], cells, words=words)) + "\n"


def as_json(names: Sequence[str], rows: Rows) -> str:
    """A list of objects; moments are UTC in ISO 8601, NULL is null."""
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(objects, option=options, default=str).decode() + "\n"


def as_csv(names: Sequence[str], rows: Rows) -> str:
    """With a head; NULL is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def _is_number(rows: Rows, place: int) -> bool:
    known = [row[place] for row in rows if row[place] is not None]
    return bool(known) and all(isinstance(value, int | float) for value in known)
