"""What is here of a topic: see `RecordBuffer`. Its records come as librdkafka gives them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from confluent_kafka import Message as RawRecord

from punctuald.clock import Clock
from punctuald.source.log.record_buffer import RecordBuffer

from .reading import TopicReading
from .record import Record, RecordReader

FULL, ROOM_AGAIN = 256, 32
"""Few, for what librdkafka has fetched is here already."""


class TopicBuffer(RecordBuffer[TopicReading]):
    """Partitions are numbers to the brokers, and names to us."""

    def __init__(self, reader: RecordReader, clock: Clock) -> None:
        super().__init__(clock, Record, full=FULL, room_again=ROOM_AGAIN)
        self._reader = reader

    def gain(self, epochs: Mapping[int, int]) -> None:
        """These are ours, each in an assignment of its own."""
        for number, epoch in epochs.items():
            self.begin(TopicReading(number, epoch))

    def end(self, partitions: Collection[str]) -> tuple[dict[int, int], int]:
        """They are not ours any more. How far each was done, and how many records were in hand all the same."""
        ended = self.forget(partitions)
        done = {reading.number: reading.tracker.checkpoint(reading.position) for reading in ended}
        in_hand = sum(len(reading.tracker) for reading in ended)
        return {number: offset for number, offset in done.items() if offset is not None}, in_hand

    def arrived(self, records: Sequence[RawRecord]) -> None:
        """Just read. What is not of a partition of ours is another's already."""
        for number, group in groupby(records, key=_partition_of):
            reading = self.readings.get(str(number))
            if reading is not None and not reading.is_going:
                new = _new_of(list(group), reading)
                reading.position = None
                self.keep(reading, self._reader.read(new, reading.partition, reading.handle_prefix))

    def checkpoints(self) -> dict[int, tuple[int, int]]:
        """(epoch, offset) of each partition of which anything is known."""
        found = {}
        for reading in self.readings.values():
            offset = reading.tracker.checkpoint(reading.position)
            if offset is not None and not reading.is_going:
                found[reading.number] = (reading.epoch, offset)
        return found

    def read_up_to(self, positions: Mapping[int, tuple[int, int]]) -> None:
        """Where the library's reading stands, as (epoch, offset). Counts where nothing is in hand; asked for after all
        that came was put here, so that no record is on its way between the two."""
        for reading in self.readings.values():
            epoch, offset = positions.get(reading.number, (None, None))
            reading.position = offset if epoch == reading.epoch and not len(reading.tracker) else None

    @property
    def has_idle_partitions(self) -> bool:
        """Whether there is one of which nothing is in hand."""
        return any(not len(reading.tracker) for reading in self.readings.values())


def _new_of(records: Sequence[RawRecord], reading: TopicReading) -> Sequence[RawRecord]:
    """Without those that came before: a log that lost its end at its brokers is read again from further back."""
    if not reading.tracker.was_delivered(records[0].offset()):
        return records
    return [record for record in records if not reading.tracker.was_delivered(record.offset())]


def _partition_of(record: RawRecord) -> int | None:
    return record.partition()
