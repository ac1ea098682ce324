"""Copies of rejected records, to the dead-letter topic."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as RawRecord

from punctuald.errors import SourceUnavailable
from punctuald.model import Failure, Message
from punctuald.ports import DEAD_LETTER_REFUSED, REASON_ATTRIBUTE
from punctuald.source.blocking import BlockingThreads

from .client_log import ClientLog
from .errors import MISSING, construction_error
from .partitions.record import RawHeaders, Record
from .properties import base_properties
from .topic import KafkaTopic

SEND_SECONDS = 30.0
FULL_SECONDS = 0.1
MOST_REASON_BYTES, LEAST_REASON_BYTES = 1_000, 60
LARGEST_BYTES = 100_000_000
"""The topic's own limit is the brokers' to hold: by the library's a letter would lose its value for nothing."""

TOPIC_ATTRIBUTE = "punctuald.topic"
PARTITION_ATTRIBUTE = "punctuald.partition"
OFFSET_ATTRIBUTE = "punctuald.offset"
VALUE_ATTRIBUTE = "punctuald.value_left_out"
TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})


class DeadLetters:
    """The producer is made with the first of them. A copy counts when the brokers have confirmed it: a process that
    ends without that has sent nothing."""

    def __init__(self, topic: KafkaTopic, log: ClientLog) -> None:
        self._topic = topic
        self._log = log
        self._threads = BlockingThreads(f"dead letters {topic.name}", most=1)
        self._producer: Producer | None = None

    async def copy(self, message: Message, reason: str) -> Sequence[Failure]:
        """The same key, value and headers, with the reason and where the record stood. Where that is too large for the
        topic, less and less of it: the value is still where it was. Raises `SourceUnavailable`."""
        if not isinstance(message, Record):
            raise TypeError("no record of a topic")
        raw = message.raw
        refusal: KafkaError | None = None
        for letter in _letters(raw, message.headers, reason):
            refusal = await self._threads.run(partial(self._send, raw.key(), *letter))
            if refusal is None:
                return ()
            if refusal.code() not in TOO_LARGE:
                raise self._unavailable(refusal)
        text = refusal.str() if refusal is not None else ""
        return [Failure(message.receipt_handle, DEAD_LETTER_REFUSED, text, retryable=False)]

    def _unavailable(self, refusal: KafkaError) -> SourceUnavailable:
        topic, brokers = self._topic.dead_letter_topic, self._topic.brokers
        text = "there is no such topic" if refusal.code() in MISSING else refusal.str()
        return SourceUnavailable(f"dead-letter topic {topic!r} at {brokers}: {text}", code=refusal.name())

    async def close(self) -> None:
        """Nothing is under way any more: each copy was waited for."""
        self._threads.close()

    def _send(self, key: bytes | None, value: bytes | None, headers: RawHeaders) -> KafkaError | None:
        """In its thread: until it is confirmed or refused."""
        refusal = self._answer(key, value, headers)
        if refusal is not None and refusal.code() in MISSING:
            self._producer = None  # it would go on to say so for minutes after the topic was made
        return refusal

    def _answer(self, key: bytes | None, value: bytes | None, headers: RawHeaders) -> KafkaError | None:
        answers: list[KafkaError | None] = []
        producer, give_up_mono = self._made(), time.monotonic() + SEND_SECONDS

        def answered(error: KafkaError | None, _: RawRecord) -> None:
            answers.append(error)

        while True:
            try:
                producer.produce(self._topic.dead_letter_topic, value, key, headers=headers, on_delivery=answered)
                break
            except KafkaException as error:
                refused: KafkaError = error.args[0]
                return refused
            except BufferError:  # what was given up is still in there
                if time.monotonic() > give_up_mono:
                    return KafkaError(KafkaError._QUEUE_FULL)
                producer.poll(FULL_SECONDS)
        while not answers and time.monotonic() < give_up_mono + FULL_SECONDS:
            producer.poll(FULL_SECONDS)
        return answers[0] if answers else KafkaError(KafkaError._TIMED_OUT)

    def _made(self) -> Producer:
        if self._producer is None:
            properties = {
                **base_properties(self._topic),
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 0,
                "message.max.bytes": LARGEST_BYTES,
                "message.timeout.ms": int(SEND_SECONDS * 1000),
            }
            try:
                self._producer = Producer(properties, logger=self._log)
            except (KafkaException, ValueError, TypeError) as error:
                raise construction_error(error, self._topic) from error
        return self._producer


def _letters(raw: RawRecord, headers: RawHeaders, reason: str) -> Iterator[tuple[bytes | None, RawHeaders]]:
    """Value and headers: all of it, then ever less. A value that is left out is empty, for none at all would delete the
    key's other letters in a compacted topic."""
    own: RawHeaders = headers or []
    place = ((TOPIC_ATTRIBUTE, raw.topic()), (PARTITION_ATTRIBUTE, raw.partition()), (OFFSET_ATTRIBUTE, raw.offset()))
    stood = [(name, str(value).encode()) for name, value in place]
    left_out = [*stood, (VALUE_ATTRIBUTE, b"true")]
    why = reason.encode(errors="replace")
    yield raw.value(), [*own, (REASON_ATTRIBUTE, _cut(why, MOST_REASON_BYTES)), *stood]
    yield raw.value(), [*own, (REASON_ATTRIBUTE, _cut(why, LEAST_REASON_BYTES)), *stood]
    yield b"", [*own, (REASON_ATTRIBUTE, _cut(why, MOST_REASON_BYTES)), *left_out]
    yield b"", [(REASON_ATTRIBUTE, _cut(why, LEAST_REASON_BYTES)), *left_out]


def _cut(text: bytes, most: int) -> bytes:
    """Not in the middle of a character."""
    return text[:most].decode(errors="ignore").encode()
