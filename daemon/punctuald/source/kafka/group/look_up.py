"""Asks the brokers for a topic before anything is read of it."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaError, KafkaException

from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.topic_metadata import is_there, partitions_of

from .beginnings import CALL_SECONDS

UNANSWERED = frozenset({KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN})


def number_of_partitions(consumer: Consumer, topic: str, health: BrokerHealth) -> int:
    """Raises `KafkaException`, at once for a refused login or connection; then ``health`` may know better why."""

    def problem_of(error: KafkaError, asked_seconds: float) -> KafkaException | None:
        refused = health.trouble is not None or error.code() not in UNANSWERED
        return KafkaException(error) if refused or asked_seconds > CALL_SECONDS else None

    return partitions_of(consumer, topic, problem_of)


def is_missing(consumer: Consumer, topic: str) -> bool:
    """Whether one is named, and the brokers say that there is none."""
    return bool(topic) and is_there(consumer, topic, CALL_SECONDS) is False
