"""On which line of a TOML text each key stands.

tomli gives the values without their places. This scanner gives the places without the values: it walks a text that
tomli has accepted already, so it need not detect invalid TOML, only find where each key, table and list entry begins.
Source: the grammar of https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import re
from bisect import bisect_right

import tomli

from .problem import KeyPath

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # up to two quotes may stand before the closing three
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
BARE = re.compile(r"[^\s=.,\[\]{}#\"']+")
SCALAR = re.compile(r"[^,\]}#\r\n]+")


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of every key, table header and list entry of a valid TOML text."""
    scanner = _Scanner(text)
    try:
        scanner.scan()
    except RecursionError:
        # tomli accepts deeper lists than this scanner can. No setting is that deep: the lines found so far are enough.
        return scanner.lines
    return scanner.lines


class _Scanner:
    """A place in the text that only moves forward, and the lines found on the way."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.lines: dict[KeyPath, int] = {}
        self._entries: dict[KeyPath, int] = {}  # of each [[table]], how many there are so far

    def scan(self) -> None:
        table: KeyPath = ()
        self._skip(BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(BLANK)

    def _header(self) -> KeyPath:
        """``[table]`` or ``[[entry of a list of tables]]``."""
        line = self._line()
        entry = self._text.startswith("[[", self._at)
        brackets = 2 if entry else 1
        self._at += brackets
        path = self._latest(self._key(), entry=entry)
        self._at += brackets
        self._note(path, line)
        return path

    def _latest(self, names: KeyPath, *, entry: bool) -> KeyPath:
        """A header's names as a path: through a list of tables, a name means its newest entry."""
        path: KeyPath = ()
        for place, name in enumerate(names):
            path = (*path, name)
            if entry and place == len(names) - 1:
                self._entries[path] = self._entries.get(path, 0) + 1
            if path in self._entries:
                path = (*path, self._entries[path] - 1)
        return path

    def _pair(self, table: KeyPath) -> None:
        """``dotted.key = value``."""
        line = self._line()
        path = (*table, *self._key())
        self._note(path, line)
        self._at += 1  # the equals sign
        self._skip(BLANK)
        self._value(path)

    def _key(self) -> KeyPath:
        """A dotted key, and the blanks around it."""
        names = [self._name()]
        while self._text[self._at] == ".":
            self._at += 1
            names.append(self._name())
        return tuple(names)

    def _name(self) -> str:
        self._skip(BLANK)
        quoted = self._text[self._at] in "\"'"
        written = self._skip(STRING if quoted else BARE)
        self._skip(BLANK)
        return str(tomli.loads(f"name = {written}")["name"]) if quoted else written

    def _value(self, path: KeyPath) -> None:
        first = self._text[self._at]
        if first == "[":
            self._list(path)
        elif first == "{":
            self._inline_table(path)
        else:
            self._skip(STRING if first in "\"'" else SCALAR)

    def _list(self, path: KeyPath) -> None:
        entries = 0
        while self._more("]"):
            self._note((*path, entries), self._line())
            self._value((*path, entries))
            entries += 1

    def _inline_table(self, path: KeyPath) -> None:
        while self._more("}"):
            self._pair(path)

    def _more(self, closing: str) -> bool:
        """Move past an opening bracket or comma to the next entry. Where there is none, move past the closing bracket
        and return False."""
        self._skip(BLANK)
        if self._text[self._at] != closing:
            self._at += 1
            self._skip(BLANK)
        if self._text[self._at] == closing:
            self._at += 1
            return False
        return True

    def _note(self, path: KeyPath, line: int) -> None:
        """Notes also the tables that a dotted key or a header passes through, at their first mention."""
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        skipped = found.group() if found else ""
        self._at += len(skipped)
        return skipped
