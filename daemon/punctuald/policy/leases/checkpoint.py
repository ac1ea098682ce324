"""How far a shard is done, as KCL writes it in a lease row: words and numbers, with one order over both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering

TRIM_HORIZON, LATEST, AT_TIMESTAMP, SHARD_END = "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "SHARD_END"
STARTS = frozenset({TRIM_HORIZON, LATEST, AT_TIMESTAMP})

SUB_SEQUENCE_BITS = 32
_SUB_SEQUENCE_MASK = (1 << SUB_SEQUENCE_BITS) - 1


@total_ordering
@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A word (``sequence_number`` is then it), or all up to and with the user record ``sub_sequence_number`` of the
    record ``sequence_number``.

    Words of a beginning are before every number, which is before the end. As text "10" would be before "9": sequence
    numbers have 56 digits at AWS, and anything from one on elsewhere.
    """

    sequence_number: str
    sub_sequence_number: int = 0

    @property
    def is_start(self) -> bool:
        """Whether nothing is done yet."""
        return self.sequence_number in STARTS

    @property
    def is_end(self) -> bool:
        """Whether all is done, for good: the shard was split or merged, and its last record is settled."""
        return self.sequence_number == SHARD_END

    @property
    def offset(self) -> int | None:
        """See `offset_of`; None where it is a word."""
        if self.is_start or self.is_end:
            return None
        return offset_of(int(self.sequence_number), self.sub_sequence_number)

    def __lt__(self, other: Checkpoint) -> bool:
        return _rank(self) < _rank(other)


def offset_of(sequence_number: int, sub_sequence_number: int = 0) -> int:
    """One number for the place of a user record in its shard, in the order of the shard."""
    return sequence_number << SUB_SEQUENCE_BITS | sub_sequence_number


def checkpoint_at(offset: int) -> Checkpoint:
    """What `offset_of` was made from."""
    return Checkpoint(str(offset >> SUB_SEQUENCE_BITS), offset & _SUB_SEQUENCE_MASK)


def _rank(checkpoint: Checkpoint) -> tuple[int, int]:
    offset = checkpoint.offset
    if offset is not None:
        return 1, offset
    return (2, 0) if checkpoint.is_end else (0, 0)
