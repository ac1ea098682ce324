"""The report as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from punctuald.view.charts.table import Table
from punctuald.view.columns import columns

from .sections import Section

MOST_ROWS = 12
_WORDS = frozenset(
    {
        "tier",
        "cause",
        "queue",
        "host",
        "message",
        "event",
        "what",
        "error",
        "because of",
        "what it did",
        "why",
        "call",
        "process",
    }
)


def as_text(title: str, shown: Sequence[Section]) -> str:
    """Of each table the first rows; the page has all."""
    return "\n".join(_lines(title, shown)) + "\n"


def _lines(title: str, shown: Sequence[Section]) -> Iterator[str]:
    yield title
    for section in shown:
        if section.sentences or section.tables:
            yield from ("", section.title, "=" * len(section.title), *section.sentences)
        for caption, table in section.tables:
            yield from ("", caption, *(f"  {line}" for line in table_lines(table, MOST_ROWS)))


def table_lines(table: Table, most: int | None = None) -> Iterator[str]:
    """A line for the head and one for each row, of which there are at most ``most``."""
    rows = table.rows if most is None else table.rows[:most]
    yield from columns(table.head, rows, words=_words(table))
    if len(rows) < len(table.rows):
        yield f"… and {len(table.rows) - len(rows):,} more"


def _words(table: Table) -> int:
    """How many columns at the left hold words; the first one is a name or a moment."""
    leading = 1
    while leading < len(table.head) and table.head[leading] in _WORDS:
        leading += 1
    return leading
