"""Sends telemetry events to one topic; each counts as sent when all replicas that have to have it do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as RawRecord

from punctuald.clock import Clock, SystemClock
from punctuald.demo.sender import DUE_ATTRIBUTE, SendReceipt
from punctuald.demo.telemetry import TelemetryEvent
from punctuald.policy.delivery.tiers import TIER_ATTRIBUTE
from punctuald.source.kafka.asking.first_answer import first_answer
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.errors import construction_error, to_source_error
from punctuald.source.kafka.properties import base_properties
from punctuald.source.kafka.topic import KafkaTopic, PropertyValue
from punctuald.source.kafka.topic_metadata import serve

SEND_SECONDS = 10.0
SERVE_SECONDS = 0.1
DEFAULTS: dict[str, PropertyValue] = {
    "acks": "all",
    "enable.idempotence": True,  # what the library sends again is in the topic once, and in its place
    "linger.ms": 1,
    "message.timeout.ms": int(SEND_SECONDS * 1000),
    "allow.auto.create.topics": False,  # a name that is misspelt would be one more topic
    "log_level": 0,  # by itself it writes to stderr, several lines a second where a broker is away
}
OF_ONE_RECORD = frozenset(
    {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD, KafkaError.INVALID_TIMESTAMP}
)
"""The brokers take others."""


def open_topic(topic: KafkaTopic, *, tier: str = "", delay_seconds: int = 0, clock: Clock | None = None) -> TopicSender:
    """A sender to it. Raises `SourceError`: no such topic, a login that is refused, no broker there."""
    health = BrokerHealth(topic)
    properties: dict[str, Any] = {**DEFAULTS, **base_properties(topic), "error_cb": health.failed}
    try:
        producer = Producer(properties)
    except (KafkaException, ValueError, TypeError) as error:
        raise construction_error(error, topic) from error
    first_answer(producer, topic, health)
    return TopicSender(topic, producer, health, tier=tier, delay_seconds=delay_seconds, clock=clock)


class TopicSender:
    """An event's key is its device, so that a device's events stay in order. ``tier`` goes along as the header
    `sla_tier`. With ``delay_seconds`` each is due so long after it is sent, which the header `not_before` says: brokers
    hide nothing.
    """

    def __init__(
        self,
        topic: KafkaTopic,
        producer: Producer,
        health: BrokerHealth,
        *,
        tier: str = "",
        delay_seconds: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self._topic = topic
        self._producer = producer
        self._health = health
        self._tier = tier
        self._delay_seconds = delay_seconds
        self._clock = clock or SystemClock()

    def send(self, events: Sequence[TelemetryEvent]) -> SendReceipt:
        """Returns when each is confirmed or refused. Raises `SourceError` where none was taken for no fault of its
        own."""
        answers: dict[str, KafkaError | None] = {}
        for event in events:
            self._hand_over(event, answers)
        while len(answers) < len(events):  # in steps, or nobody could break it off; each has its timeout
            serve(self._producer, SERVE_SECONDS)
        refused = [error for error in answers.values() if error is not None]
        if refused and len(refused) == len(events) and refused[-1].code() not in OF_ONE_RECORD:
            raise self._health.trouble or to_source_error(refused[-1], self._topic)
        sent_ids = tuple(event.id for event in events if answers[event.id] is None)
        refusal = f"{refused[-1].name()}: {refused[-1].str()}" if refused else ""
        return SendReceipt(sent_ids, len(refused), refusal)

    def _hand_over(self, event: TelemetryEvent, answers: dict[str, KafkaError | None]) -> None:
        note = partial(_note, answers, event.id)
        while True:
            try:
                self._producer.produce(
                    self._topic.topic, event.body(), event.device_id, headers=self._headers(), on_delivery=note
                )
            except BufferError:  # the library's own queue is full: until some are confirmed
                serve(self._producer, SERVE_SECONDS)
            except KafkaException as raised:
                answers[event.id] = raised.args[0]
                return
            else:
                return

    def _headers(self) -> dict[str, str | bytes | None]:
        headers: dict[str, str | bytes | None] = {}
        if self._tier:
            headers[TIER_ATTRIBUTE] = self._tier
        if self._delay_seconds:
            headers[DUE_ATTRIBUTE] = f"{self._clock.utc() + self._delay_seconds:.3f}"
        return headers


def _note(answers: dict[str, KafkaError | None], event_id: str, error: KafkaError | None, _: RawRecord) -> None:
    answers[event_id] = error
