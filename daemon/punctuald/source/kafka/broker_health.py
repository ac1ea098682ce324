"""Whether the brokers can be reached, from what librdkafka says by the way: it retries for ever and raises nothing."""

from __future__ import annotations

from typing import Any

import orjson
from confluent_kafka import KafkaError

from punctuald.errors import SourceError

from .errors import DENIED, MISSING, OTHER_STRATEGY, REFUSED_LOGIN, REFUSED_TLS, to_source_error
from .topic import KafkaTopic

UP = "UP"
STEADY = "steady"


class BrokerHealth:
    """Written by the client's callbacks, in the client's thread; read by the event loop. Each field is one value that
    is replaced as a whole."""

    def __init__(self, topic: KafkaTopic) -> None:
        self._topic = topic
        self._last_words: KafkaError | None = None
        self._trouble: KafkaError | None = None
        self.has_joined = False
        self.fetched_total = 0
        self.silent_seconds: float | None = None

    @property
    def trouble(self) -> SourceError | None:
        """Why nothing can come just now; None where brokers answer, or nothing is known yet."""
        trouble = self._trouble
        return None if trouble is None else to_source_error(trouble, self._topic)

    def failed(self, error: KafkaError) -> None:
        """librdkafka's ``error_cb``. That one broker is away is no trouble while there are others."""
        if error.code() in REFUSED_LOGIN | REFUSED_TLS | DENIED:
            self._trouble = error
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:
            self._trouble = self._trouble or self._last_words or error
        else:
            self._last_words = error

    def said(self, error: KafkaError) -> None:
        """What came among the records, of no partition of ours."""
        if error.code() in REFUSED_LOGIN | REFUSED_TLS | DENIED | MISSING | OTHER_STRATEGY:
            self._trouble = error

    def measured(self, statistics: str) -> None:
        """librdkafka's ``stats_cb``: https://github.com/confluentinc/librdkafka/blob/master/STATISTICS.md"""
        said: dict[str, Any] = orjson.loads(statistics)
        brokers = [broker for broker in said.get("brokers", {}).values() if broker.get("nodeid", -1) >= 0]
        idle = [broker["rxidle"] for broker in brokers if broker.get("state") == UP and broker.get("rxidle", -1) >= 0]
        if any(broker.get("state") == UP for broker in brokers):
            self._trouble = None
        self.silent_seconds = min(idle) / 1e6 if idle else None
        self.fetched_total = int(said.get("rxmsgs", 0))
        self.has_joined = self.has_joined or said.get("cgrp", {}).get("join_state") == STEADY

    def reset(self) -> None:
        """Another client begins."""
        self._trouble = self._last_words = None
        self.has_joined = False
