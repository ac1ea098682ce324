"""What is here of a log: the partitions that are ours, the records that wait to be handed out, and how far each
partition is done. Kept on the event loop; it knows no server."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import inf
from typing import Generic, TypeVar

from punctuald.clock import Clock
from punctuald.model import Failure, Message, Release

from .reading import Reading
from .returned_records import ReturnedRecords, offsets_by_partition

MOST_RETURNED = 2_000
"""Of one partition: where more wait behind records that come later, its reading is paused."""

MOST_IN_HAND = 12_000
"""Of one partition, more than the largest prefetch budget: what waits behind a record that is held takes no room of
that, and a log goes on giving records of its key, as SQS would not."""

MOST_BEYOND = 1_000_000
"""Of one partition: so many may be done beyond one that is not. They are all repeated by the partition's next owner."""

ReadingT = TypeVar("ReadingT", bound=Reading)


class RecordBuffer(Generic[ReadingT]):
    """Records go from `keep` by `take` to their handlers, and from there to `done` or to `give_back`.

    With ``full`` of them waiting here nothing more should be taken, until there are only ``room_again``.
    ``record_type`` is what the source's own messages are; no other one is taken back.
    """

    def __init__(self, clock: Clock, record_type: type[Message], *, full: int, room_again: int) -> None:
        self._clock = clock
        self._record_type = record_type
        self._full = full
        self._room_again = room_again
        self._readings: dict[str, ReadingT] = {}
        self._ready: deque[Message] = deque()
        self._returned = ReturnedRecords()
        self._is_full = False
        self.paused: set[str] = set()  # by whoever receives; it outlives their assignment

    # --- partitions

    def begin(self, reading: ReadingT) -> None:
        """Its partition is ours, in an assignment of its own."""
        self.forget([reading.partition])
        self._readings[reading.partition] = reading

    def let_go(self, partitions: Collection[str]) -> None:
        """They are about to go: nothing more of them is handed out."""
        for partition in partitions:
            if partition in self._readings:
                self._readings[partition].is_going = True
        self._ready = deque(message for message in self._ready if message.partition not in partitions)
        self._returned.forget(partitions)

    def forget(self, partitions: Collection[str]) -> list[ReadingT]:
        """They are not ours any more. How their reading stood."""
        self.let_go(partitions)
        return [self._readings.pop(partition) for partition in partitions if partition in self._readings]

    @property
    def readings(self) -> Mapping[str, ReadingT]:
        """Of each partition that is ours, by its name."""
        return self._readings

    def unwanted(self) -> set[str]:
        """The partitions of which nothing more should be taken."""
        return self.paused | self.crowded()

    def crowded(self) -> set[str]:
        """Those of which enough is here: all while too much is here already."""
        self._is_full = len(self._ready) >= (self._room_again if self._is_full else self._full)
        if self._is_full:
            return set(self._readings)
        crowded = {each.partition for each in self._readings.values() if each.tracker.holds(MOST_IN_HAND, MOST_BEYOND)}
        if len(self._returned) >= MOST_RETURNED:
            crowded |= {partition for partition, count in self._returned.counts().items() if count >= MOST_RETURNED}
        return crowded

    # --- records

    def keep(self, reading: ReadingT, messages: Sequence[Message]) -> None:
        """Just read, in their order."""
        reading.tracker.delivered([message.offset or 0 for message in messages])
        self._ready.extend(self._returned.pass_on(messages))

    def take(self, most: int, broker_ahead_seconds: float = 0.0) -> list[Message]:
        """Up to ``most`` that may be handled now, first those that come again.

        They count as received now: what they waited here, be it for a free slot or for another try, would be in no
        stage else, and no deadline would know of it.
        """
        taken = self._returned.take(most, self._clock.mono()) if self._returned else []
        ready = self._ready
        taken += [ready.popleft() for _ in range(min(len(ready), most - len(taken)))]
        received_utc = self._clock.utc() + broker_ahead_seconds
        for message in taken:
            message.received_utc = max(message.sent_utc, received_utc)  # type: ignore[misc]  # nobody has it yet
        return taken

    @property
    def waiting(self) -> int:
        """How many wait to be taken for the first time."""
        return len(self._ready)

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

    def not_ours(self, messages: Iterable[Message]) -> list[Failure]:
        """Those that were not delivered in an assignment that still holds, or are not in hand."""
        readings, failures = self._readings, []
        for message in messages:
            reading = readings.get(message.partition)
            if not isinstance(message, self._record_type):
                failures.append(_failure(message, "ReceiptHandleIsInvalid", "no record of this source"))
            elif reading is None or not reading.delivered(message.receipt_handle):
                failures.append(_failure(message, "NotAssigned", f"partition {message.partition} is another's now"))
            elif not reading.tracker.was_delivered(message.offset):
                failures.append(_failure(message, "ReceiptHandleIsInvalid", "no record that was delivered"))
        return failures


def _failure(message: Message, code: str, text: str) -> Failure:
    return Failure(message.receipt_handle, code, text, retryable=False)
