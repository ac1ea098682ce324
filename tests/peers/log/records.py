"""Records of a log that are numbered within their keys, as they were sent and as they were handled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

Id = tuple[str, int]
"""A record's key and number."""


class Due(Protocol):
    """A record that was sent: ``number`` grows by one within its key, and it had to be sent at ``due_utc``."""

    @property
    def key(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def due_utc(self) -> float: ...


class Ran(Protocol):
    """A run of its handler, which has ended at ``utc``."""

    @property
    def key(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def utc(self) -> float: ...


AnyRun = TypeVar("AnyRun", bound=Ran)


def id_of(record: Due | Ran) -> Id:
    """What a record and its runs have in common."""
    return record.key, record.number


def named(record: Id) -> str:
    """For people."""
    return f"{record[0]} {record[1]}"


def name_of(record: Due | Ran) -> str:
    """The same of a record at hand."""
    return named(id_of(record))


def first_runs(handled: Iterable[AnyRun]) -> dict[Id, AnyRun]:
    """That of each record which comes first in ``handled``."""
    first: dict[Id, AnyRun] = {}
    for run in handled:
        first.setdefault(id_of(run), run)
    return first
