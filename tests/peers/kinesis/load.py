"""A load of numbered records, at a rate that is kept whatever it meets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event

import orjson

from peers.kinesis.stream import TestStream
from peers.log.load import Load, LoadError

MOST_ENTRIES = 500  # of one PutRecords
BEAT_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Sent:
    """A record that the server has acknowledged. ``due_utc`` is when it had to be sent: one that was sent late for the
    producer's own reasons is late all the same. ``number`` grows by one within its key."""

    key: str
    number: int
    shard: str
    sequence_number: int
    due_utc: float


class LoadProducer:
    """Produces until `stop`; `run` may be called in a thread.

    One call at a time, so that the records of a key are in the order of their numbers.
    """

    def __init__(self, stream: TestStream, load: Load) -> None:
        self._stream = stream
        self._load = load
        self._stopped = Event()

    def run(self) -> Sequence[Sent]:
        """Returns when all is acknowledged. Raises `LoadError`."""
        sent: list[Sent] = []
        begun_mono, begun_utc = time.monotonic(), time.time()
        while not self._stopped.is_set():
            due = 1 + int((time.monotonic() - begun_mono) * self._load.per_second)
            indexes = range(len(sent), min(due, len(sent) + MOST_ENTRIES))
            if indexes:
                sent += self._put(indexes, begun_utc)
            else:
                self._stopped.wait(BEAT_SECONDS)
        return sent

    def stop(self) -> None:
        """Send no more."""
        self._stopped.set()

    def _put(self, indexes: range, begun_utc: float) -> Sequence[Sent]:
        entries = [
            {"PartitionKey": self._load.record(index)[0], "Data": orjson.dumps(self._load.body(index))}
            for index in indexes
        ]
        answer = self._stream.kinesis.put_records(StreamName=self._stream.name, Records=entries)
        if answer["FailedRecordCount"]:  # a repetition would come after later ones of its key
            raise LoadError(f"{answer['FailedRecordCount']} records were refused")
        return [
            Sent(
                *self._load.record(index),
                put["ShardId"],
                int(put["SequenceNumber"]),
                begun_utc + self._load.due_seconds(index),
            )
            for index, put in zip(indexes, answer["Records"], strict=True)
        ]
