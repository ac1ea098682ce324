"""Asks the brokers for a topic before anything is read of it."""

from __future__ import annotations

import time

from confluent_kafka import Consumer, KafkaError, KafkaException

from .beginnings import CALL_SECONDS
from .broker_health import BrokerHealth
from .errors import MISSING

SLICE_SECONDS = 0.5
"""It waits in slices, so that a refused login or connection ends it at once."""
UNANSWERED = frozenset({KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN})


def number_of_partitions(consumer: Consumer, topic: str, health: BrokerHealth) -> int:
    """Raises `KafkaException`; then ``health`` may know better why."""
    give_up_mono = time.monotonic() + CALL_SECONDS
    while True:
        try:
            return _asked(consumer, topic)
        except KafkaException as raised:
            consumer.poll(0)  # which serves `error_cb`: why nothing came
            refused = health.trouble is not None or raised.args[0].code() not in UNANSWERED
            if refused or time.monotonic() > give_up_mono:
                raise


def _asked(consumer: Consumer, topic: str) -> int:
    found = consumer.list_topics(topic, timeout=SLICE_SECONDS).topics[topic]
    if found.error is not None:
        raise KafkaException(found.error)
    return len(found.partitions)


def is_missing(consumer: Consumer, topic: str) -> bool:
    """Whether the brokers say that there is no such topic."""
    try:
        found = consumer.list_topics(topic, timeout=CALL_SECONDS).topics[topic]
    except KafkaException:
        return False
    return found.error is not None and found.error.code() in MISSING
