"""What waits to be put into a stream, and what of it the next call takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

RECORDS_A_CALL = 500
BYTES_A_CALL = 5 << 20
"""Of keys and data together (PutRecords, API reference until 2025; now 10 MiB, which not every server has heard of)."""

LONGEST_KEY = 256  # characters


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One record to put: all with the same ``key`` are in one shard."""

    id: str
    key: str
    data: bytes

    @property
    def size(self) -> int:
        """Bytes, as Kinesis counts them for its limits."""
        return len(self.key.encode()) + len(self.data)

    def refusal(self, largest_bytes: int) -> str:
        """Why no stream with that limit takes it; "" if one does. To be known before it is put: some servers refuse
        the whole call for one such record."""
        if not 1 <= len(self.key) <= LONGEST_KEY:
            return f"a partition key of {len(self.key)} characters: it has to have 1 to {LONGEST_KEY}"
        if self.size > largest_bytes:
            return f"a record of {self.size:,} bytes, key and data: this stream takes up to {largest_bytes:,}"
        return ""


@dataclass(slots=True)
class _OfOneKey:
    """Its records in their order; none of them is put before ``held_until_mono``."""

    records: deque[StreamRecord]
    failures: int = 0
    held_until_mono: float = 0.0


class Backlog:
    """Gives out one record of a key at a time, and the next one when that is settled.

    A call may refuse a record and take those after it (PutRecords, API reference). Two of one key in one call could
    therefore change places, and nothing that is done afterwards puts that right.
    """

    def __init__(self, records: Iterable[StreamRecord]) -> None:
        self._keys: dict[str, _OfOneKey] = {}
        for record in records:
            self._keys.setdefault(record.key, _OfOneKey(deque())).records.append(record)

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def ready_mono(self) -> float:
        """From when on `next_call` has something; there has to be something left."""
        return min(each.held_until_mono for each in self._keys.values())

    def next_call(self, now_mono: float) -> list[StreamRecord]:
        """The first records of as many keys as one call may have; none where each key is held."""
        ready = (each for each in self._keys.values() if each.held_until_mono <= now_mono)
        return _within_limits(each.records[0] for each in ready)

    def settled(self, record: StreamRecord) -> None:
        """It is there, or is given up: the next one of its key may follow."""
        of_key = self._keys[record.key]
        of_key.records.popleft()
        of_key.failures = 0
        if not of_key.records:
            del self._keys[record.key]

    def failed(self, record: StreamRecord) -> int:
        """Count a try that failed; returns how many of its tries have."""
        of_key = self._keys[record.key]
        of_key.failures += 1
        return of_key.failures

    def hold(self, record: StreamRecord, until_mono: float) -> None:
        """Neither it nor a later one of its key is put before then."""
        self._keys[record.key].held_until_mono = until_mono


def _within_limits(records: Iterable[StreamRecord]) -> list[StreamRecord]:
    """Those at the beginning that one call may have: one at least, for a stream may take a record larger than that."""
    taken: list[StreamRecord] = []
    size = 0
    for record in records:
        size += record.size
        if taken and (size > BYTES_A_CALL or len(taken) == RECORDS_A_CALL):
            break
        taken.append(record)
    return taken
