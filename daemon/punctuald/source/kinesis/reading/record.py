"""From a record, as Kinesis gives it, to a message, as a handler sees it."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from punctuald.errors import SourceUnavailable
from punctuald.model import NO_ATTRIBUTES, Message, message_value
from punctuald.policy.leases.checkpoint import SUB_SEQUENCE_BITS
from punctuald.source.aws.signed_json.protocol import MISREADINGS

from .aggregation import PACKED_BEGIN, UserRecord, user_records

ARRIVED = "ApproximateArrivalTimestamp"
"""Seconds since the epoch, in milliseconds, by Kinesis' own clock."""


@message_value
class KinesisRecord(Message):
    """A message that is a record of a stream, or one of the user records that a producer packed into one.

    ``partition`` is the shard, ``group`` the partition key; ``data`` is what the producer put, to the byte. ``offset``
    has up to 218 bits, more than a log line or the board can hold: the place to tell people is ``sequence_number``,
    and ``sub_sequence_number`` within a packed one (else 0).
    """

    sequence_number: str = ""
    sub_sequence_number: int = 0


class ReadRecords(NamedTuple):
    """What one answer has: so many ``records``, with the numbers of the first and the last ("" where there is none);
    ``packed`` are the user records of those that were packed."""

    records: int
    messages: Sequence[KinesisRecord]
    first_sequence_number: str
    last_sequence_number: str
    data_bytes: int
    packed: Sequence[UserRecord]


class RecordReader:
    """Makes messages of the records of one shard of the stream that is ``name`` to us. Receipt handles begin with
    ``handle_prefix``, which belongs to this assignment of the shard."""

    def __init__(self, name: str, shard: str, handle_prefix: str) -> None:
        self._name = name
        self._shard = shard
        self._handle_prefix = handle_prefix
        self._id_prefix = f"{name}/{shard}/"

    def read(self, raws: Sequence[Any], received_utc: float) -> ReadRecords:
        """All of one answer. Raises `SourceUnavailable` where one of them can't be read: to leave it out would be to
        lose it, since a shard is done only up to a place."""
        messages: list[KinesisRecord] = []
        packed: list[UserRecord] = []
        id_prefix, handle_prefix, name, shard = self._id_prefix, self._handle_prefix, self._name, self._shard
        data_bytes, number, tombstone, nothing = 0, "", False, ""
        try:
            for raw in raws:  # without a call of ours, and by position: this runs once a record
                number, data, sent_utc = raw["SequenceNumber"], a2b_base64(raw["Data"]), raw[ARRIVED]
                data_bytes += len(data)
                if data[:4] == PACKED_BEGIN and (parts := user_records(data)) is not None:
                    messages += self._unpacked(raw, parts, received_utc)
                    packed += parts
                    continue
                messages.append(
                    KinesisRecord(
                        f"{id_prefix}{number}",
                        name,
                        data.decode("utf-8", "surrogateescape"),
                        f"{handle_prefix}{number}",
                        # nothing comes before it is sent: the two clocks differ a little
                        sent_utc if sent_utc < received_utc else received_utc,  # noqa: FURB136 - a call costs more
                        received_utc,
                        1,
                        raw["PartitionKey"],
                        NO_ATTRIBUTES,
                        shard,
                        0,
                        None,
                        int(number) << SUB_SEQUENCE_BITS,
                        tombstone,
                        nothing,
                        nothing,
                        number,
                    )
                )
            first = raws[0]["SequenceNumber"] if raws else ""
        except MISREADINGS as error:
            text = f"stream {name!r}, shard {shard}: the record {number!r} can't be read ({error!r})"
            raise SourceUnavailable(text, code="UnreadableRecord") from error
        return ReadRecords(len(raws), messages, first, number, data_bytes, packed)

    def _unpacked(
        self, raw: Mapping[str, Any], parts: Sequence[UserRecord], received_utc: float
    ) -> list[KinesisRecord]:
        """Their sub-sequence numbers count from 0 in the order in which they were packed, as KCL's do."""
        number, sent_utc = raw["SequenceNumber"], min(raw[ARRIVED], received_utc)
        id_prefix, handle_prefix = f"{self._id_prefix}{number}:", f"{self._handle_prefix}{number}:"
        name, shard, offset = self._name, self._shard, int(number) << SUB_SEQUENCE_BITS
        tombstone, nothing = False, ""
        return [
            KinesisRecord(
                f"{id_prefix}{sub}",
                name,
                data.decode("utf-8", "surrogateescape"),
                f"{handle_prefix}{sub}",
                sent_utc,
                received_utc,
                1,
                partition_key,
                NO_ATTRIBUTES,
                shard,
                0,
                None,
                offset + sub,
                tombstone,
                nothing,
                nothing,
                number,
                sub,
            )
            for sub, (partition_key, data, _) in enumerate(parts)
        ]
