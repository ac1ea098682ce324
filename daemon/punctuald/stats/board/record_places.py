"""Which queue's and tier's each record of a row is."""

from __future__ import annotations

from collections.abc import Sequence

from .layout import Layout, Words


class RecordPlaces:
    """Records are taken one after the other, each with the first message of its queue and tier; a row's next worker
    finds those of the one before. Only the row's own process takes one."""

    def __init__(self, words: Words, layout: Layout) -> None:
        self._pairs = words[layout.record_pairs]

    def taken(self) -> list[int]:
        """The pairs of the records in use, in their order."""
        return pairs_of(self._pairs.tolist())

    def number_of(self, pair: int) -> int:
        """The number of the record of ``pair``, taken now where it has none yet."""
        taken = self.taken()
        if pair in taken:
            return taken.index(pair)
        self._pairs[len(taken)] = pair + 1
        return len(taken)


def pairs_of(words: Sequence[int]) -> list[int]:
    """The words of `Layout.record_pairs` as pairs, in their records' order."""
    end = words.index(0) if 0 in words else len(words)
    return [word - 1 for word in words[:end]]
