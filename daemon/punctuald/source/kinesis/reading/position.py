"""Where the reading of a shard stands: by what was delivered of it, and not by an iterator, which ends in 5 minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from punctuald.policy.leases.checkpoint import AT_TIMESTAMP, LATEST, SHARD_END, Checkpoint

from .record import KinesisRecord

AT, AFTER = "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"


class Position:
    """Begins after ``checkpoint``; ``since_utc`` is the beginning where that is AT_TIMESTAMP.

    A checkpoint's number does not say whether its record is done wholly: a packed one may have user records after it.
    So reading begins *at* that number, as KCL's does, and what comes up to the checkpoint is left out.
    """

    def __init__(self, checkpoint: Checkpoint, since_utc: float | None = None) -> None:
        """Raises `ValueError` for LATEST, which is another place each time, for SHARD_END, and without a time."""
        word = None if checkpoint.offset is not None else checkpoint.sequence_number
        if word in (LATEST, SHARD_END) or (word == AT_TIMESTAMP and since_utc is None):
            raise ValueError(f"reading can't begin at {word}")
        self._since_utc = since_utc
        self._sequence_number = checkpoint.sequence_number
        self._last_offset = -1 if checkpoint.offset is None else checkpoint.offset
        self._iterator_type = checkpoint.sequence_number if checkpoint.offset is None else AT
        self._resumes_at = "" if checkpoint.offset is None else checkpoint.sequence_number

    @property
    def begins_utc(self) -> float | None:
        """The time at which reading begins; None where it goes on after a record, or begins at the oldest one."""
        return self._since_utc if self._iterator_type == AT_TIMESTAMP else None

    def iterator_parameters(self) -> dict[str, Any]:
        """`GetShardIterator`'s, to go on from here."""
        if self._iterator_type == AT_TIMESTAMP:
            return {"ShardIteratorType": AT_TIMESTAMP, "Timestamp": self._since_utc}
        if self._iterator_type in (AT, AFTER):
            return {"ShardIteratorType": self._iterator_type, "StartingSequenceNumber": self._sequence_number}
        return {"ShardIteratorType": self._iterator_type}

    def is_gap(self, first_sequence_number: str) -> bool:
        """Whether the first record of all, which has this number, shows that the one of the checkpoint is there no
        more: what came after it may be gone as well."""
        return bool(self._resumes_at) and int(first_sequence_number) != int(self._resumes_at)

    def new_of(self, records: Sequence[KinesisRecord]) -> Sequence[KinesisRecord]:
        """Those that were not delivered, in their order."""
        if not records or (records[0].offset or 0) > self._last_offset:
            return records
        return [record for record in records if (record.offset or 0) > self._last_offset]

    def delivered(self, records: Sequence[KinesisRecord], last_sequence_number: str) -> None:
        """All up to this record, wholly; ``records`` are what there was to deliver of them."""
        self._iterator_type, self._sequence_number, self._resumes_at = AFTER, last_sequence_number, ""
        if records:
            self._last_offset = records[-1].offset or 0
