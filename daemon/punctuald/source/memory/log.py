"""A partitioned log in memory, as Kafka's topics and Kinesis's streams are: records stay, readers keep positions."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from punctuald.clock import Clock
from punctuald.model import NO_ATTRIBUTES
from punctuald.source.arrivals import Arrivals


@dataclass(frozen=True, slots=True)
class Record:
    """One record: ``offset`` is its place in its partition, from 0; records of one ``key`` share a partition."""

    partition: str
    offset: int
    key: str | None
    body: str
    attributes: Mapping[str, str]
    sent_utc: float


@dataclass(slots=True)
class MemoryLog:
    """Partitions of records, for one event loop's use. ``dead_letters`` None = there is nowhere to dead-letter to."""

    name: str
    clock: Clock
    partitions: tuple[str, ...] = ("0", "1", "2", "3")
    dead_letters: list[Record] | None = field(default_factory=list)
    arrivals: Arrivals = field(default_factory=Arrivals)
    _records: dict[str, list[Record]] = field(default_factory=dict)
    _turns: count[int] = field(default_factory=count)

    def send(
        self,
        body: str,
        *,
        key: str | None = None,
        partition: str | None = None,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> Record:
        """Append a record: to ``partition``, else to the key's, else to the partitions in turn."""
        place = partition if partition is not None else self._partition_of(key)
        row = self._records.setdefault(place, [])
        record = Record(place, len(row), key, body, dict(attributes), self.clock.utc())
        row.append(record)
        self.arrivals.announce()
        return record

    def records(self, partition: str) -> Sequence[Record]:
        """All records of one partition; a record's index is its offset."""
        return self._records.get(partition, ())

    def _partition_of(self, key: str | None) -> str:
        number = next(self._turns) if key is None else zlib.crc32(key.encode())
        return self.partitions[number % len(self.partitions)]
