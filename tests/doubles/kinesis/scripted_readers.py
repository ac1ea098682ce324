"""Readers of shards that read nothing: a test says what each brings."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.policy.leases.checkpoint import Checkpoint, offset_of
from punctuald.source.kinesis.reading.record import KinesisRecord
from punctuald.source.kinesis.reading.shard_sink import ShardSink

SENT_UTC = 1_700_000_000.0


@dataclass(slots=True)
class ScriptedReader:
    """What `ShardReader` is to whoever has it made."""

    shard: str
    checkpoint: Checkpoint
    since_utc: float | None
    handle_prefix: str
    sink: ShardSink
    is_running: bool = False

    def start(self) -> None:
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False

    def bring(self, *numbers: int, key: str = "k", body: str = "x", apart_seconds: float = 1.0) -> list[KinesisRecord]:
        """Records with these sequence numbers, so long after one another."""
        records = [
            KinesisRecord(
                id=f"s/{self.shard}/{number}",
                queue="s",
                body=body,
                receipt_handle=f"{self.handle_prefix}{number}",
                sent_utc=SENT_UTC + place * apart_seconds,
                received_utc=SENT_UTC + 60,
                group=key,
                partition=self.shard,
                offset=offset_of(number),
                sequence_number=str(number),
            )
            for place, number in enumerate(numbers)
        ]
        self.sink.arrived(self.shard, records)
        return records


class ScriptedReaders:
    """What `ShardReaders` is; the reader that was made last for each shard."""

    def __init__(self) -> None:
        self.by_shard: dict[str, ScriptedReader] = {}

    def of(
        self, shard: str, checkpoint: Checkpoint, since_utc: float | None, handle_prefix: str, sink: ShardSink
    ) -> ScriptedReader:
        self.by_shard[shard] = ScriptedReader(shard, checkpoint, since_utc, handle_prefix, sink)
        return self.by_shard[shard]
