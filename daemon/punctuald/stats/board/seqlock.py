"""Reads what a sequence word guards, and never gives back something older or half of something.

The sequence is a seqlock's: odd while the one writer writes, and two higher afterwards. A copy is good if the sequence
was even and is the same after copying. A writer that was killed in the middle leaves it odd until the row is attached
or retired, so tries are bounded, and then the last good copy stands. CPython gives no memory barriers to ask for: on
x86 stores are seen in order anyway, elsewhere the lock and the many instructions around each store stand in for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .layout import SEQUENCE, Words

TRIES = (
    64  # a sample takes microseconds to write: so many tries outlast a living writer, and soon give up on a dead one
)

Raw = TypeVar("Raw")
Value = TypeVar("Value")


def same_objects(values: Sequence[object], before: Sequence[object]) -> bool:
    """Whether nothing was written since: what several readers gave is, each, the very object that it gave before."""
    return len(values) == len(before) and all(now is then for now, then in zip(values, before, strict=True))


class SeqlockReader(Generic[Raw, Value]):
    """One guarded value: ``copy`` must be quick, for it runs again if a write comes between; ``decode`` runs once.

    While nothing was written, `read` gives the same object: callers may compare by identity (`same_objects`).
    """

    def __init__(self, words: Words, copy: Callable[[], Raw], decode: Callable[[Raw], Value]) -> None:
        self._words = words
        self._copy = copy
        self._decode = decode
        self._sequence = -1
        self._value: Value | None = None

    def read(self) -> Value:
        """The newest value that could be read whole."""
        for _ in range(TRIES):
            before = self._words[SEQUENCE]
            if before == self._sequence and self._value is not None:
                return self._value
            if before % 2 == 0:
                raw = self._copy()
                if self._words[SEQUENCE] == before:
                    return self._keep(before, self._decode(raw))
        return self._stale()

    def _keep(self, sequence: int, value: Value) -> Value:
        self._sequence, self._value = sequence, value
        return value

    def _stale(self) -> Value:
        """The last good copy. Before the first one a torn copy has to do: it is wrong only by what was being written,
        where to give nothing would be wrong by everything."""
        return self._decode(self._copy()) if self._value is None else self._value
