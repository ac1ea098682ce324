"""Which messages may be sent in one request, so that no refusal of one can put another one out of order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from punctuald.ports import SQS_LARGEST_BATCH

LARGEST_BATCH_BYTES = 1_048_576
"""What the messages of one SendMessageBatch may have together, and one message alone (SQS quotas)."""

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Parcel(Generic[ItemT]):
    """A message that is to be sent. ``group`` None: it has no order to keep."""

    item: ItemT
    queue: str
    group: str | None
    size_bytes: int


def batches(
    parcels: Sequence[Parcel[ItemT]], largest: int = SQS_LARGEST_BATCH, largest_bytes: int = LARGEST_BATCH_BYTES
) -> Iterator[list[Parcel[ItemT]]]:
    """Every parcel once, each batch for one queue and with one parcel of a group at most, in the group's order: SQS
    refuses entries of a batch one by one, and what was behind a refused one would be sent before it.

    A parcel that is too large by itself is a batch of its own, for SQS to refuse.
    """
    waiting = list(parcels)
    while waiting:
        batch = _first_batch(waiting, largest, largest_bytes)
        taken = {id(parcel) for parcel in batch}
        waiting = [parcel for parcel in waiting if id(parcel) not in taken]
        yield batch


def _first_batch(waiting: Sequence[Parcel[ItemT]], largest: int, largest_bytes: int) -> list[Parcel[ItemT]]:
    batch: list[Parcel[ItemT]] = []
    passed: set[str | None] = set()
    room_bytes = largest_bytes
    for parcel in waiting:
        if parcel.queue != waiting[0].queue or parcel.group in passed:
            continue
        if batch and (len(batch) == largest or parcel.size_bytes > room_bytes):
            break
        batch.append(parcel)
        room_bytes -= parcel.size_bytes
        if parcel.group is not None:
            passed.add(parcel.group)
    return batch
