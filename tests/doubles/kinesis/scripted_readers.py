"""Readers of shards that read nothing: a test says what each brings."""

from __future__ import annotations

from punctuald.policy.leases.checkpoint import Checkpoint, offset_of
from punctuald.source.kinesis.reading.record import KinesisRecord
from punctuald.source.kinesis.reading.shard_sink import ShardSink

SENT_UTC = 1_700_000_000.0


class ScriptedReaders:
    """What `ShardReaders` is; ``running`` are the shards that are read, with where that began and its epoch."""

    def __init__(self, sink: ShardSink) -> None:
        self._sink = sink
        self._epochs: dict[str, int] = {}
        self.running: dict[str, Checkpoint] = {}

    def begin(self, shard: str, epoch: int, checkpoint: Checkpoint, since_utc: float | None = None) -> None:  # noqa: ARG002
        self.running[shard], self._epochs[shard] = checkpoint, epoch

    def stop(self, shard: str) -> None:
        self.running.pop(shard, None)

    def stop_all(self) -> None:
        self.running.clear()

    def bring(
        self, shard: str, *numbers: int, key: str = "k", body: str = "x", apart_seconds: float = 1.0
    ) -> list[KinesisRecord]:
        """Records with these sequence numbers, so long after one another."""
        records = [
            KinesisRecord(
                id=f"s/{shard}/{number}",
                queue="s",
                body=body,
                receipt_handle=f"{self._epochs[shard]}:{number}",
                sent_utc=SENT_UTC + place * apart_seconds,
                received_utc=SENT_UTC + 60,
                group=key,
                partition=shard,
                offset=offset_of(number),
                sequence_number=str(number),
            )
            for place, number in enumerate(numbers)
        ]
        self._sink.arrived(shard, records)
        return records
