"""From a record, as librdkafka gives it, to a message, as a handler sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME
from confluent_kafka import Message as RawRecord

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.model import NO_ATTRIBUTES, Message, message_value
from punctuald.policy.log_lines.rate import REMINDER_SECONDS, LogRate
from punctuald.policy.receive.record_time import LONGEST_AGE_SECONDS, trusted_utc

RawHeaders = Any  # a list of (name, bytes or None); the library's annotation has more shapes than it gives out


@message_value
class Record(Message):
    """A message that is a record: ``raw`` is what the library made of it, for its copy in the dead-letter topic, which
    must be the same to the byte; its ``headers`` are to be had of it only once."""

    raw: Any = None
    headers: RawHeaders = None


class RecordReader:
    """Makes messages of the records of one topic, which is ``name`` to us."""

    def __init__(self, name: str, clock: Clock, limited: LimitedLog) -> None:
        self._name = name
        self._clock = clock
        self._limited = limited
        self._mistrusted = 0  # records whose own time can't be true, since that was said last
        self._mistrusted_rate = LogRate(1, REMINDER_SECONDS)

    def read(self, records: Sequence[RawRecord], partition: str, handle_prefix: str) -> list[Record]:
        """``records`` are all of one partition, and none is an error. Receipt handles begin with ``handle_prefix``."""
        now_utc, name = self._clock.utc(), self._name
        now_ms, oldest_ms = now_utc * 1000, (now_utc - LONGEST_AGE_SECONDS) * 1000
        id_prefix = f"{name}/{partition}/"
        messages = []
        for raw in records:
            kind, at_ms = raw.timestamp()
            # The usual case without a call: this runs once a record.
            sent_utc = at_ms / 1000 if oldest_ms < at_ms <= now_ms else self._sent_utc(raw, kind, at_ms, now_utc)
            value, key, offset = raw.value(), raw.key(), raw.offset()
            try:
                headers = raw.headers()
            except (SystemError, ValueError):  # a name that is no UTF-8; asked again, the library would crash
                headers = None
                self._has_no_headers(raw)
            body = "" if value is None else value.decode("utf-8", "surrogateescape")
            group = None if key is None else key.decode("utf-8", "surrogateescape")
            attributes = attributes_of(headers) if headers else NO_ATTRIBUTES
            place, handle, tombstone = f"{id_prefix}{offset}", f"{handle_prefix}{offset}", value is None
            messages.append(  # by position: names cost as much as the rest of it
                Record(
                    place,
                    name,
                    body,
                    handle,
                    sent_utc,
                    now_utc,
                    1,
                    group,
                    attributes,
                    partition,
                    0,
                    None,
                    offset,
                    tombstone,
                    raw=raw,
                    headers=headers,
                )
            )
        return messages

    def _has_no_headers(self, raw: RawRecord) -> None:
        self._limited.warning(
            "kafka.headers_unreadable", queue=self._name, partition=raw.partition(), offset=raw.offset()
        )

    def _sent_utc(self, raw: RawRecord, kind: int, at_ms: int, now_utc: float) -> float:
        sent_utc = trusted_utc(at_ms / 1000, now_utc, by_broker=kind == TIMESTAMP_LOG_APPEND_TIME)
        if sent_utc is not None:
            return min(sent_utc, now_utc)  # nothing comes before it is sent: the two clocks differ a little
        self._mistrusted += 1
        if self._mistrusted_rate.suppressed(self._clock.mono()) is not None:
            records, self._mistrusted = self._mistrusted, 0
            self._limited.warning(
                "kafka.time_mistrusted",
                queue=self._name,
                partition=raw.partition(),
                offset=raw.offset(),
                timestamp_ms=at_ms,
                records=records,
            )
        return now_utc


def attributes_of(headers: RawHeaders) -> Mapping[str, str]:
    """Headers as attributes: of a name that is given several times the last, as Kafka's own clients read them; one
    without a value is empty. All of them, as they are, go along to the dead-letter topic."""
    return {name: "" if value is None else value.decode("utf-8", "surrogateescape") for name, value in headers}
