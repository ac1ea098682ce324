"""What one call to the library brought, sorted out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from confluent_kafka import KafkaError
from confluent_kafka import Message as RawRecord


class Refusal(NamedTuple):
    """The library can't go on with a partition of ours, which it was to read at ``offset``."""

    partition: int
    epoch: int
    offset: int
    error: KafkaError


class Taken(NamedTuple):
    """Records, and what the library says of partitions or of the group in the same row."""

    records: list[RawRecord]
    errors: list[KafkaError]
    refused: list[Refusal]


def sort_out(found: Sequence[RawRecord], epochs: Mapping[int, int]) -> Taken:
    """``epochs`` are those of the partitions that are ours."""
    taken = Taken([], [], [])
    for each in found:
        error = each.error()
        if error is None:
            taken.records.append(each)
        elif each.topic() is None or (number := each.partition()) is None or number not in epochs:
            taken.errors.append(error)
        else:
            taken.refused.append(Refusal(number, epochs[number], each.offset() or 0, error))
    return taken


def still_of(before: Mapping[int, int], now: Mapping[int, int], found: Sequence[RawRecord]) -> list[RawRecord]:
    """Those of ``found`` whose assignment is now as it was before. What is no record is of none."""

    def is_still(record: RawRecord) -> bool:
        number = record.partition()
        return record.error() is not None or number is None or now.get(number) == before.get(number)

    return [record for record in found if is_still(record)]
