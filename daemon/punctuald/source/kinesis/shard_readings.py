"""The shards whose leases are ours: read into the buffer, settled from there, and given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog
from punctuald.policy.leases.checkpoint import Checkpoint
from punctuald.ports import OnRevoked
from punctuald.source.arrivals import Arrivals
from punctuald.source.log.record_buffer import RecordBuffer
from punctuald.source.log.revoking import revoke_within

from .api.errors import is_throttled
from .reading.record import KinesisRecord
from .reading.shard_sink import ShardSink
from .shard_reading import ShardReading
from .stream import KinesisStream

FULL, ROOM_AGAIN = 4_000, 3_000
"""With so many records waiting here no shard is read any more, until they are so few again. What waits has to last from
one read of a shard to the next, a quarter of a second: handlers that are quicker than that stand idle."""

MOST_WAITING_BYTES = 16 << 20
"""Of what waits here, by the size of what came last. One read brings up to 10 MB."""

Settled = Callable[[str, Sequence[str]], None]


class Readers(Protocol):
    """What `ShardReaders` is to whoever has shards read."""

    def begin(self, shard: str, epoch: int, checkpoint: Checkpoint, since_utc: float | None = None) -> None:
        """Read what comes after ``checkpoint``."""

    def stop(self, shard: str) -> None:
        """Nothing more of it arrives."""

    def stop_all(self) -> None:
        """As `stop`, of each."""


class ShardReadings:
    """The leases' `ShardHolder`, and the readers' `ShardSink`."""

    def __init__(
        self, stream: KinesisStream, readers: Callable[[ShardSink], Readers], clock: Clock, limited: LimitedLog
    ) -> None:
        self._stream = stream
        self._readers = readers(self)
        self._settled: Settled | None = None
        self._clock = clock
        self._limited = limited
        self._dropping: set[asyncio.Task[None]] = set()  # kept, because the loop keeps tasks only weakly
        self._bytes_each = 0.0  # of the records that came last
        self.buffer = RecordBuffer[ShardReading](clock, KinesisRecord, full=FULL, room_again=ROOM_AGAIN)
        self.on_revoked: OnRevoked | None = None
        self._arrivals = Arrivals()

    # --- for the leases

    def gained(self, shard: str, checkpoint: Checkpoint, since_utc: float | None) -> None:
        """See `ShardHolder.gained`."""
        if before := self.buffer.readings.get(shard):
            self._forget(before)
        reading = ShardReading(shard, checkpoint)
        self.buffer.begin(reading)
        self._readers.begin(shard, reading.epoch, checkpoint, since_utc)

    def progress(self, shard: str) -> Checkpoint | None:
        """See `ShardHolder.progress`."""
        reading = self.buffer.readings.get(shard)
        return None if reading is None else reading.checkpoint

    def read_bytes(self, shard: str) -> int:
        """See `ShardHolder.read_bytes`."""
        reading = self.buffer.readings.get(shard)
        return 0 if reading is None else reading.read_bytes

    async def finish(self, shard: str) -> None:
        """Deliver nothing more of it, and let what runs finish, however long that takes. It is settled as ever."""
        self._readers.stop(shard)
        self.buffer.let_go([shard])
        if self.on_revoked is not None:
            await self.on_revoked([shard])

    async def give_up(self, shard: str) -> Checkpoint | None:
        """See `ShardHolder.give_up`."""
        reading = self.buffer.readings.get(shard)
        if reading is None:
            return None
        self._readers.stop(shard)
        self.buffer.let_go([shard])
        begun_mono = self._clock.mono()
        if self.on_revoked is not None:
            await revoke_within(self._stream.revoke_timeout_seconds, self.on_revoked, [shard])
        self._forget(reading)
        seconds = round(self._clock.mono() - begun_mono, 3)
        self._limited.info(
            "kinesis.shard_given_up",
            queue=self._stream.name,
            shard=shard,
            in_hand=len(reading.tracker),
            seconds=seconds,
        )
        return reading.checkpoint

    def lost(self, shard: str) -> None:
        """See `ShardHolder.lost`."""
        reading = self.buffer.readings.get(shard)
        if reading is None:
            return
        self._forget(reading)
        self._limited.warning("kinesis.shard_lost", queue=self._stream.name, shard=shard, in_hand=len(reading.tracker))
        if self.on_revoked is not None:
            dropping = asyncio.get_running_loop().create_task(revoke_within(0.0, self.on_revoked, [shard]))
            self._dropping.add(dropping)
            dropping.add_done_callback(self._dropping.discard)

    # --- for the readers

    def room(self, shard: str) -> int:
        """See `ShardSink.room`."""
        if shard in self.buffer.unwanted():
            return 0
        if self.buffer.waiting * self._bytes_each >= MOST_WAITING_BYTES:
            return 0
        return FULL - self.buffer.waiting

    def arrived(self, shard: str, records: Sequence[KinesisRecord]) -> None:
        """See `ShardSink.arrived`."""
        reading = self.buffer.readings.get(shard)
        if reading is None or reading.is_going or not records:
            return
        new_bytes = sum(len(record.body) for record in records)
        reading.came(records, new_bytes)
        self._bytes_each = new_bytes / len(records)
        self.buffer.keep(reading, records)
        self.wake()

    def answered(self, shard: str, behind_seconds: float) -> None:
        """See `ShardSink.answered`."""
        if reading := self.buffer.readings.get(shard):
            reading.trouble, reading.behind_seconds = None, behind_seconds

    def failed(self, shard: str, error: SourceError) -> None:
        """See `ShardSink.failed`."""
        if is_throttled(error):  # others read the shard too: it is read more slowly for a while, and that is all
            self._limited.warning("kinesis.shard_throttled", queue=self._stream.name, shard=shard, text=str(error))
        elif reading := self.buffer.readings.get(shard):
            reading.trouble, reading.behind_seconds = error, None  # unknown is not what it was
            self.wake()

    def ended(self, shard: str, children: Sequence[str]) -> None:
        """See `ShardSink.ended`."""
        if reading := self.buffer.readings.get(shard):
            reading.has_ended, reading.children = True, children
            self.look_for_settled([shard])

    # --- for the source

    def on_settled(self, call: Settled) -> None:
        """Set what to call, once, for a shard that has ended and whose last record is done."""
        self._settled = call

    async def change(self, most_seconds: float) -> None:
        """Until something comes, or what there is to say of the shards changes."""
        await self._arrivals.wait(most_seconds)

    def wake(self) -> None:
        """Let all who wait for a change look again."""
        self._arrivals.announce()

    def look_for_settled(self, shards: Collection[str]) -> None:
        """Records of these were done just now: a shard that has ended may be done as a whole."""
        for shard in shards:
            reading = self.buffer.readings.get(shard)
            if reading is not None and reading.is_settled and not reading.is_going:
                reading.is_going = True
                if self._settled is not None:
                    self._settled(shard, reading.children)

    @property
    def trouble(self) -> SourceError | None:
        """Why nothing comes: the last read of each shard failed."""
        troubles = [reading.trouble for reading in self.buffer.readings.values()]
        return troubles[0] if troubles and all(troubles) else None

    @property
    def records_behind(self) -> int:
        """What is still to be read, as far as can be said, and what is here and not done."""
        return sum(len(each.tracker) + each.records_behind for each in self.buffer.readings.values())

    @property
    def behind_seconds(self) -> float | None:
        """How old the next record to be read is, of the shard that is furthest behind, 0 where none is ours; None while
        one was not read yet."""
        found = [each.behind_seconds for each in self.buffer.readings.values()]
        known = [seconds for seconds in found if seconds is not None]
        return max(known, default=0.0) if len(known) == len(found) else None

    def end(self, shard: str) -> None:
        """Its lease says that all of it is done."""
        if reading := self.buffer.readings.get(shard):
            self._forget(reading)

    def stop(self) -> None:
        """Nothing more is read."""
        self._readers.stop_all()

    def _forget(self, reading: ShardReading) -> None:
        """Unless the shard is ours anew, in another assignment: it may be lost and taken while it is given up."""
        if self.buffer.readings.get(reading.partition) is reading:
            self._readers.stop(reading.partition)
            self.buffer.forget([reading.partition])
        self.wake()
