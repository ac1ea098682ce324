"""Records as librdkafka hands them out, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from confluent_kafka import TIMESTAMP_CREATE_TIME, KafkaError
from confluent_kafka import Message as RawRecord

Header = tuple[str, bytes | None]


@dataclass
class HandmadeRecord:
    """Answers what a `confluent_kafka.Message` is asked."""

    at_offset: int = 0
    of_partition: int = 0
    its_key: bytes | None = None
    its_value: bytes | None = b"{}"
    its_headers: Sequence[Header] | None = None
    time: tuple[int, int] = (TIMESTAMP_CREATE_TIME, 0)
    its_error: KafkaError | None = None
    of_topic: str | None = "events"

    def error(self) -> KafkaError | None:
        return self.its_error

    def topic(self) -> str | None:
        return self.of_topic

    def partition(self) -> int:
        return self.of_partition

    def offset(self) -> int:
        return self.at_offset

    def key(self) -> bytes | None:
        return self.its_key

    def value(self) -> bytes | None:
        return self.its_value

    def headers(self) -> Sequence[Header] | None:
        return self.its_headers

    def timestamp(self) -> tuple[int, int]:
        return self.time


def record(offset: int = 0, partition: int = 0, key: bytes | None = None, **more: Any) -> RawRecord:
    """One that is no error, unless ``its_error`` says so."""
    return cast("RawRecord", HandmadeRecord(offset, partition, key, **more))
