"""The first question to a cluster. librdkafka looks for its brokers for ever, and a refused login is no error to it."""

from __future__ import annotations

import time
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException

from punctuald.errors import SourceError, SourceMisconfigured
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.errors import MISSING, error_of, to_source_error
from punctuald.source.kafka.topic import KafkaTopic

PATIENCE_SECONDS = 8.0
DOWN_SECONDS = 3.0
"""Where all brokers are known to be away."""
STEP_SECONDS = 0.5


class Poller(Protocol):
    """A producer or an administrator of the library's."""

    def poll(self, timeout: float) -> Any:
        """Call its callbacks."""


class Asker(Poller, Protocol):
    """One whose ``error_cb`` is its `BrokerHealth`."""

    def list_topics(self, topic: str, timeout: float) -> Any:
        """The cluster's metadata with this topic."""


def serve(asker: Poller, seconds: float) -> None:
    """Have its callbacks called, for so long if nothing happens.

    Where a person breaks it off just as one is called, the library forgets by what: ours raise nothing else.
    """
    try:
        asker.poll(seconds)
    except SystemError:
        raise KeyboardInterrupt from None


def first_answer(asker: Asker, topic: KafkaTopic, health: BrokerHealth) -> int:
    """How many partitions the topic has. Raises `SourceError`: no such topic, a login that is refused, no broker there.

    In short steps, because only between them is heard why nobody answers.
    """
    begun_mono = time.monotonic()
    while True:
        found = _asked(asker, topic.topic)
        if isinstance(found, int):
            return found
        serve(asker, 0)
        patience_seconds = PATIENCE_SECONDS if health.trouble is None else DOWN_SECONDS
        if problem := _problem(found, topic, health, is_last=time.monotonic() - begun_mono >= patience_seconds):
            raise problem


def _asked(asker: Asker, name: str) -> int | KafkaError:
    begun_mono = time.monotonic()
    try:
        found = asker.list_topics(name, timeout=STEP_SECONDS).topics[name]
        error: KafkaError | None = found.error
    except KafkaException as raised:
        error = error_of(raised) or KafkaError(KafkaError._FAIL, str(raised))
    if error is None:
        return len(found.partitions)
    time.sleep(max(0.0, STEP_SECONDS / 5 - (time.monotonic() - begun_mono)))  # an error may come at once
    return error


def _problem(error: KafkaError, topic: KafkaTopic, health: BrokerHealth, *, is_last: bool) -> SourceError | None:
    """What to say; None where it is worth asking again."""
    said = to_source_error(error, topic)
    if error.code() in MISSING or isinstance(said, SourceMisconfigured):
        return said
    if isinstance(health.trouble, SourceMisconfigured) or is_last:
        return health.trouble or said
    return None
