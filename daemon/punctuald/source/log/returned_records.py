"""Records that were given back, to come again after a time, and what must not overtake them."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from math import inf
from typing import NamedTuple

from punctuald.model import Message

_Row = tuple[str, str | int | None]
"""A partition, and a key; or the offset of a record without a key, which has a row of its own."""


class _Waiting(NamedTuple):
    offset: int
    due_mono: float
    message: Message


class ReturnedRecords:
    """A log can't hide one record, so what is given back stays here. Behind a record that waits, all later ones of its
    key wait too; records without a key hold up nothing. Pure state.
    """

    def __init__(self) -> None:
        self._rows: dict[_Row, list[_Waiting]] = {}  # each in the order of its offsets
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def give_back(self, message: Message, due_mono: float) -> None:
        """It comes again from ``due_mono`` on, with one receive more."""
        again = replace(message, receive_count=message.receive_count + 1, repeats=0)
        self._put(again, due_mono)

    def pass_on(self, messages: Iterable[Message]) -> list[Message]:
        """Those of ``messages``, just read, that no earlier record of their key holds up; the others wait here."""
        if not self._rows:
            return list(messages)
        free = []
        for message in messages:
            if message.group is not None and _row_of(message) in self._rows:
                self._put(message, -inf)
            else:
                free.append(message)
        return free

    def take(self, most: int, now_mono: float) -> list[Message]:
        """Up to ``most`` whose time has come, the rows in their order."""
        taken: list[Message] = []
        for key in list(self._rows):
            row = self._rows[key]
            due = 0
            while due < len(row) and len(taken) + due < most and row[due].due_mono <= now_mono:
                due += 1
            taken += [waiting.message for waiting in row[:due]]
            del row[:due]
            if not row:
                del self._rows[key]
        self._count -= len(taken)
        return taken

    def next_due_mono(self) -> float:
        """When the first of them may come; infinity where there is none."""
        return min((row[0].due_mono for row in self._rows.values()), default=inf)

    def counts(self) -> dict[str, int]:
        """How many wait, by partition."""
        counts: dict[str, int] = {}
        for (partition, _), row in self._rows.items():
            counts[partition] = counts.get(partition, 0) + len(row)
        return counts

    def forget(self, partitions: Collection[str]) -> None:
        """Drop what is of these partitions: they are another's."""
        for key in [key for key in self._rows if key[0] in partitions]:
            self._count -= len(self._rows.pop(key))

    def _put(self, message: Message, due_mono: float) -> None:
        offset = -1 if message.offset is None else message.offset
        insort(self._rows.setdefault(_row_of(message), []), _Waiting(offset, due_mono, message), key=_offset_of)
        self._count += 1


def _row_of(message: Message) -> _Row:
    return message.partition, message.offset if message.group is None else message.group


def _offset_of(waiting: _Waiting) -> int:
    return waiting.offset


def offsets_by_partition(messages: Sequence[Message]) -> dict[str, list[int]]:
    """Which offsets ``messages`` are, of each partition."""
    found: dict[str, list[int]] = {}
    for message in messages:
        if message.offset is not None:
            found.setdefault(message.partition, []).append(message.offset)
    return found
