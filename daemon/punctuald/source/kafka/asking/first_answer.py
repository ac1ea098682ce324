"""The first question to a cluster. librdkafka looks for its brokers for ever, and a refused login is no error to it."""

from __future__ import annotations

from confluent_kafka import KafkaError

from punctuald.errors import SourceError, SourceMisconfigured
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.errors import MISSING, to_source_error
from punctuald.source.kafka.topic import KafkaTopic
from punctuald.source.kafka.topic_metadata import Asker, partitions_of

PATIENCE_SECONDS = 8.0
DOWN_SECONDS = 3.0
"""Where all brokers are known to be away."""


def first_answer(asker: Asker, topic: KafkaTopic, health: BrokerHealth) -> int:
    """How many partitions the topic has. Raises `SourceError`: no such topic, a login that is refused, no broker
    there."""

    def problem_of(error: KafkaError, asked_seconds: float) -> SourceError | None:
        patience_seconds = PATIENCE_SECONDS if health.trouble is None else DOWN_SECONDS
        return _problem(error, topic, health, is_last=asked_seconds >= patience_seconds)

    return partitions_of(asker, topic.topic, problem_of)


def _problem(error: KafkaError, topic: KafkaTopic, health: BrokerHealth, *, is_last: bool) -> SourceError | None:
    """What to say; None where it is worth asking again."""
    said = to_source_error(error, topic)
    if error.code() in MISSING or isinstance(said, SourceMisconfigured):
        return said
    if isinstance(health.trouble, SourceMisconfigured) or is_last:
        return health.trouble or said
    return None
