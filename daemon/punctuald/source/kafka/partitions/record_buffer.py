"""What is here of a topic: the partitions that are ours, the records that wait to be handed out, and how far each
partition is done. Kept on the event loop; it knows no broker."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from math import inf

from confluent_kafka import Message as RawRecord

from punctuald.clock import Clock
from punctuald.model import Failure, Message, Release
from punctuald.source.log.returned_records import ReturnedRecords, offsets_by_partition

from .reading import Reading
from .record import Record, RecordReader

FULL, ROOM_AGAIN = 256, 32
"""Records that wait here before nothing more is taken, and until something is again."""

MOST_RETURNED = 2_000
"""Of one partition: where more wait behind records that come later, its reading is paused."""

MOST_IN_HAND = 12_000
"""Of one partition, more than the largest prefetch budget: what waits behind a record that is held takes no room of
that, and a log goes on giving records of its key, as SQS would not."""

MOST_BEYOND = 1_000_000
"""Of one partition: so many may be done beyond one that is not. They are all repeated by the partition's next owner."""


class RecordBuffer:
    """Records go from `arrived` by `take` to their handlers, and from there to `done` or to `give_back`."""

    def __init__(self, reader: RecordReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._readings: dict[str, Reading] = {}
        self._ready: deque[Message] = deque()
        self._returned = ReturnedRecords()
        self._is_full = False
        self.paused: set[str] = set()  # by whoever receives; it outlives their assignment

    # --- partitions

    def gain(self, epochs: Mapping[int, int]) -> None:
        """These are ours, each in an assignment of its own."""
        for number, epoch in epochs.items():
            self.end([str(number)])
            self._readings[str(number)] = Reading(number, epoch)

    def let_go(self, partitions: Collection[str]) -> None:
        """They are about to go: nothing more of them is handed out."""
        for partition in partitions:
            if partition in self._readings:
                self._readings[partition].is_going = True
        self._ready = deque(message for message in self._ready if message.partition not in partitions)
        self._returned.forget(partitions)

    def end(self, partitions: Collection[str]) -> tuple[dict[int, int], int]:
        """They are not ours any more. How far each was done, and how many records were in hand all the same."""
        self.let_go(partitions)
        ended = [self._readings.pop(partition) for partition in partitions if partition in self._readings]
        done = {reading.number: reading.tracker.checkpoint(reading.position) for reading in ended}
        in_hand = sum(len(reading.tracker) for reading in ended)
        return {number: offset for number, offset in done.items() if offset is not None}, in_hand

    @property
    def readings(self) -> Mapping[str, Reading]:
        """Of each partition that is ours, by its name."""
        return self._readings

    def unwanted(self) -> set[str]:
        """The partitions of which nothing more should be taken."""
        return self.paused | self.crowded()

    def crowded(self) -> set[str]:
        """Those of which enough is here: all while too much is here already."""
        self._is_full = len(self._ready) >= (ROOM_AGAIN if self._is_full else FULL)
        if self._is_full:
            return set(self._readings)
        crowded = {each.partition for each in self._readings.values() if each.tracker.holds(MOST_IN_HAND, MOST_BEYOND)}
        if len(self._returned) >= MOST_RETURNED:
            crowded |= {partition for partition, count in self._returned.counts().items() if count >= MOST_RETURNED}
        return crowded

    # --- records

    def arrived(self, records: Sequence[RawRecord]) -> None:
        """Just read. What is not of a partition of ours is another's already."""
        for number, group in groupby(records, key=_partition_of):
            reading = self._readings.get(str(number))
            if reading is not None and not reading.is_going:
                new = _new_of(list(group), reading)
                messages = self._reader.read(new, reading.partition, reading.handle_prefix)
                reading.tracker.delivered([message.offset or 0 for message in messages])
                reading.position = None
                self._ready.extend(self._returned.pass_on(messages))

    def take(self, most: int) -> list[Message]:
        """Up to ``most`` that may be handled now, first those that come again."""
        taken = self._returned.take(most, self._clock.mono()) if self._returned else []
        ready = self._ready
        taken += [ready.popleft() for _ in range(min(len(ready), most - len(taken)))]
        return taken

    @property
    def has_ready(self) -> bool:
        """Whether `take` would bring something."""
        return bool(self._ready) or self._returned.next_due_mono() <= self._clock.mono()

    def due_within_seconds(self) -> float:
        """Until the next record that was given back may come."""
        if not self._returned:
            return inf
        return max(0.0, self._returned.next_due_mono() - self._clock.mono())

    def done(self, messages: Sequence[Message]) -> list[Failure]:
        """They need not come again."""
        failures = self.not_ours(messages)
        refused = {failure.receipt_handle for failure in failures}
        ours = [each for each in messages if each.receipt_handle not in refused] if refused else messages
        for partition, offsets in offsets_by_partition(ours).items():
            self._readings[partition].tracker.done(offsets)
        return failures

    def give_back(self, releases: Sequence[Release]) -> list[Failure]:
        """They come again, each after its own time."""
        now_mono = self._clock.mono()
        failures = self.not_ours([release.message for release in releases])
        refused = {failure.receipt_handle for failure in failures}
        for release in releases:
            message = release.message
            if message.receipt_handle not in refused and not self._readings[message.partition].is_going:
                self._returned.give_back(message, now_mono + release.after_seconds)
        self._ready = deque(self._returned.pass_on(self._ready))  # what is behind them waits behind them
        return failures

    def not_ours(self, messages: Sequence[Message]) -> list[Failure]:
        """Those that were not delivered in an assignment that still holds, or are not in hand."""
        readings, failures = self._readings, []
        for message in messages:
            reading = readings.get(message.partition)
            if not isinstance(message, Record):
                failures.append(_failure(message, "ReceiptHandleIsInvalid", "no record of a topic"))
            elif reading is None or not reading.delivered(message.receipt_handle):
                failures.append(_failure(message, "NotAssigned", f"partition {message.partition} is another's now"))
            elif not reading.tracker.was_delivered(message.offset):
                failures.append(_failure(message, "ReceiptHandleIsInvalid", "no record that was delivered"))
        return failures

    # --- how far

    def checkpoints(self) -> dict[int, tuple[int, int]]:
        """(epoch, offset) of each partition of which anything is known."""
        found = {}
        for reading in self._readings.values():
            offset = reading.tracker.checkpoint(reading.position)
            if offset is not None and not reading.is_going:
                found[reading.number] = (reading.epoch, offset)
        return found

    def read_up_to(self, positions: Mapping[int, tuple[int, int]]) -> None:
        """Where the library's reading stands, as (epoch, offset). Counts where nothing is in hand; asked for after all
        that came was put here, so that no record is on its way between the two."""
        for reading in self._readings.values():
            epoch, offset = positions.get(reading.number, (None, None))
            reading.position = offset if epoch == reading.epoch and not len(reading.tracker) else None

    @property
    def has_idle_partitions(self) -> bool:
        """Whether there is one of which nothing is in hand."""
        return any(not len(reading.tracker) for reading in self._readings.values())


def _new_of(records: Sequence[RawRecord], reading: Reading) -> Sequence[RawRecord]:
    """Without those that came before: a log that lost its end at its brokers is read again from further back."""
    if not reading.tracker.was_delivered(records[0].offset()):
        return records
    return [record for record in records if not reading.tracker.was_delivered(record.offset())]


def _partition_of(record: RawRecord) -> int | None:
    return record.partition()


def _failure(message: Message, code: str, text: str) -> Failure:
    return Failure(message.receipt_handle, code, text, retryable=False)
