"""A load of numbered records, at a rate that is kept whatever it meets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event

import orjson

from peers.kinesis.stream import TestStream

MOST_ENTRIES = 500  # of one PutRecords
BEAT_SECONDS = 0.02


class LoadError(RuntimeError):
    """The server did not take a record: then nobody can say what should have been handled."""


@dataclass(frozen=True, slots=True)
class Load:
    """Keys take turns, and numbers begin at ``first_number``: for one load after another."""

    per_second: float
    keys: int = 32
    padding: int = 0
    first_number: int = 0


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
    """Produces until `stop`, or for so long; `run` may be called in a thread.

    One call at a time, so that the records of a key are in the order of their numbers.
    """

    def __init__(self, stream: TestStream, load: Load) -> None:
        self._stream = stream
        self._load = load
        self._stopped = Event()

    def run(self, seconds: float = 3600.0) -> Sequence[Sent]:
        """Returns when all is acknowledged. Raises `LoadError`."""
        sent: list[Sent] = []
        begun_mono, begun_utc = time.monotonic(), time.time()
        count = round(self._load.per_second * seconds)
        while not self._stopped.is_set() and len(sent) < count:
            due = min(count, 1 + int((time.monotonic() - begun_mono) * self._load.per_second))
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
        load = self._load
        wanted = [
            (f"key-{index % load.keys}", load.first_number + index // load.keys, begun_utc + index / load.per_second)
            for index in indexes
        ]
        entries = [
            {"PartitionKey": key, "Data": orjson.dumps({"key": key, "number": number, "padding": "x" * load.padding})}
            for key, number, _ in wanted
        ]
        answer = self._stream.kinesis.put_records(StreamName=self._stream.name, Records=entries)
        if answer["FailedRecordCount"]:  # a repetition would come after later ones of its key
            raise LoadError(f"{answer['FailedRecordCount']} records were refused")
        return [
            Sent(key, number, put["ShardId"], int(put["SequenceNumber"]), due_utc)
            for (key, number, due_utc), put in zip(wanted, answer["Records"], strict=True)
        ]
