"""The readers of the shards that are ours: each shard has a task of its own, so that none waits for another."""

from __future__ import annotations

from punctuald.policy.leases.checkpoint import Checkpoint
from punctuald.policy.receive.poll_pace import PollPace
from punctuald.source.kinesis.stream import KinesisStream

from .position import Position
from .record import RecordReader
from .shard_reader import ReadingTools, ShardReader


class ShardReaders:
    """Of one stream in one process, on one event loop."""

    def __init__(self, stream: KinesisStream, tools: ReadingTools) -> None:
        self._stream = stream
        self._tools = tools
        self._readers: dict[str, ShardReader] = {}

    def begin(self, shard: str, epoch: int, checkpoint: Checkpoint, since_utc: float | None = None) -> None:
        """Read what comes after ``checkpoint``, whose number is that of a record that was there; of the words of a
        beginning it may be TRIM_HORIZON, or AT_TIMESTAMP with ``since_utc``. Receipt handles begin with ``epoch:``.

        Raises `ValueError` for another word: LATEST means another place each time that it is asked, and behind
        SHARD_END is nothing.
        """
        self.stop(shard)
        pace = PollPace(self._stream.poll_interval_seconds, self._stream.idle_poll_interval_seconds)
        records = RecordReader(self._stream.name, shard, f"{epoch}:")
        reader = self._readers[shard] = ShardReader(shard, Position(checkpoint, since_utc), records, pace, self._tools)
        reader.start()

    def stop(self, shard: str) -> None:
        """Nothing more of it arrives, not even what a call under way brings. A shard that is not read is no error."""
        reader = self._readers.pop(shard, None)
        if reader is not None:
            reader.stop()

    def stop_all(self) -> None:
        """As `stop`, of each."""
        for shard in list(self._readers):
            self.stop(shard)
