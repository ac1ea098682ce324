"""Copies of rejected records, to the dead-letter topic."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as RawRecord

from punctuald.errors import SourceUnavailable
from punctuald.model import Failure, Message
from punctuald.ports import DEAD_LETTER_REFUSED, REASON_ATTRIBUTE
from punctuald.source.blocking import BlockingThreads

from .client_log import ClientLog
from .errors import to_source_error
from .properties import base_properties
from .record import RawHeaders, Record
from .topic import KafkaTopic

SEND_SECONDS = 30.0
MOST_REASON_BYTES = 1_000
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
        topic, the value is left out: it is still where it was. Raises `SourceUnavailable`."""
        raw = message.raw if isinstance(message, Record) else None
        if raw is None:
            raise TypeError("no record of a topic")
        refusal = await self._threads.run(lambda: self._send(raw, reason, whole=True))
        if refusal is not None and refusal.code() in TOO_LARGE:
            refusal = await self._threads.run(lambda: self._send(raw, reason, whole=False))
        if refusal is None:
            return ()
        if refusal.code() in TOO_LARGE:
            return [Failure(message.receipt_handle, DEAD_LETTER_REFUSED, refusal.str(), retryable=False)]
        error = to_source_error(refusal, self._topic)
        text = f"dead-letter topic {self._topic.dead_letter_topic!r}: {error}"
        raise SourceUnavailable(text, code=refusal.name()) from KafkaException(refusal)

    async def close(self) -> None:
        """Nothing is under way any more: each copy was waited for."""
        self._threads.close()

    def _send(self, raw: RawRecord, reason: str, *, whole: bool) -> KafkaError | None:
        """In its thread: until it is confirmed or refused."""
        answers: list[KafkaError | None] = []
        producer = self._made()
        try:
            producer.produce(
                self._topic.dead_letter_topic,
                key=raw.key(),
                value=raw.value() if whole else None,
                headers=_headers(raw, reason, whole=whole),
                on_delivery=lambda error, _: answers.append(error),
            )
        except KafkaException as error:
            refused: KafkaError = error.args[0]
            return refused
        producer.flush(SEND_SECONDS)
        return answers[0] if answers else KafkaError(KafkaError._TIMED_OUT)

    def _made(self) -> Producer:
        if self._producer is None:
            properties = {
                **base_properties(self._topic),
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 0,
                "message.timeout.ms": int(SEND_SECONDS * 1000),
            }
            self._producer = Producer(properties, logger=self._log)
        return self._producer


def _headers(raw: RawRecord, reason: str, *, whole: bool) -> RawHeaders:
    """The record's own, as they are, then ours."""
    own: RawHeaders = raw.headers() or []
    cut = reason.encode()[:MOST_REASON_BYTES]
    place = ((TOPIC_ATTRIBUTE, raw.topic()), (PARTITION_ATTRIBUTE, raw.partition()), (OFFSET_ATTRIBUTE, raw.offset()))
    ours = [(REASON_ATTRIBUTE, cut), *((name, str(value).encode()) for name, value in place)]
    return [*own, *ours, *([] if whole else [(VALUE_ATTRIBUTE, b"true")])]
