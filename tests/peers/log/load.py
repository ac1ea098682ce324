"""A load of numbered records: which one is due when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peers.log.records import Id


class LoadError(RuntimeError):
    """A server did not take a record: then nobody can say what should have been handled."""


@dataclass(frozen=True, slots=True)
class Load:
    """Keys take turns. Numbers begin at ``first_number``, for one load after another; a body has ``padding`` bytes more
    than it needs."""

    per_second: float
    keys: int = 32
    padding: int = 0
    first_number: int = 0

    def record(self, index: int) -> Id:
        """The one at this place of the load, from 0."""
        return f"key-{index % self.keys}", self.first_number + index // self.keys

    def due_seconds(self, index: int) -> float:
        """After the load's begin. Who is late for reasons of its own does not change it."""
        return index / self.per_second

    def body(self, index: int) -> Mapping[str, object]:
        """What a handler finds in it."""
        key, number = self.record(index)
        return {"key": key, "number": number, "padding": "x" * self.padding}
