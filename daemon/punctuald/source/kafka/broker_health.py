"""Whether the brokers can be reached, from what librdkafka says by the way: it retries for ever and raises nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from confluent_kafka import KafkaError

from punctuald.errors import SourceError

from .errors import DENIED, MISSING, OTHER_STRATEGY, REFUSED_LOGIN, REFUSED_TLS, to_source_error
from .topic import KafkaTopic

NOT_LET_IN = REFUSED_LOGIN | REFUSED_TLS
NOT_GIVEN = DENIED | MISSING | OTHER_STRATEGY
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
        self.stands: Mapping[int, tuple[int, int]] = {}  # of each partition where reading is, and how far it could be
        self.fetched_total = 0

    @property
    def trouble(self) -> SourceError | None:
        """Why nothing can come just now; None where brokers answer, or nothing is known yet."""
        trouble = self._trouble
        return None if trouble is None else to_source_error(trouble, self._topic)

    def failed(self, error: KafkaError) -> None:
        """librdkafka's ``error_cb``. That one broker is away is no trouble while there are others."""
        if error.code() in NOT_LET_IN | DENIED:
            self._trouble = error
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:
            self._trouble = self._trouble or self._last_words or error
        else:
            self._last_words = error

    def said(self, error: KafkaError) -> None:
        """What came among the records, of no partition of ours."""
        if error.code() in NOT_LET_IN | NOT_GIVEN:
            self._trouble = error

    def answered(self) -> None:
        """Records came: whatever was wrong is over, which the statistics say up to a second later."""
        self._trouble = None

    def measured(self, statistics: str) -> None:
        """librdkafka's ``stats_cb``: https://github.com/confluentinc/librdkafka/blob/master/STATISTICS.md"""
        said: dict[str, Any] = orjson.loads(statistics)
        brokers = [broker for broker in said.get("brokers", {}).values() if broker.get("nodeid", -1) >= 0]
        group = said.get("cgrp", {})
        if any(broker.get("state") == UP for broker in brokers) and self._is_over(group):
            self._trouble = None
        self.stands = _stands(said.get("topics", {}).get(self._topic.topic, {}).get("partitions", {}))
        self.fetched_total = int(said.get("rxmsgs", 0))
        self.has_joined = self.has_joined or group.get("join_state") == STEADY

    def _is_over(self, group: Mapping[str, Any]) -> bool:
        """A refusal by the group, or of the topic, is over when we are given partitions: a broker that answers says
        nothing of it."""
        trouble = self._trouble
        return trouble is None or trouble.code() not in NOT_GIVEN or bool(group.get("assignment_size"))

    def reset(self) -> None:
        """Another client begins."""
        self._trouble = self._last_words = None
        self.has_joined = False
        self.stands = {}


def _stands(partitions: Mapping[str, Mapping[str, Any]]) -> Mapping[int, tuple[int, int]]:
    """Up to the last stable offset: what stands behind an open transaction nobody can have. Without partitions of which
    the library has fetched what nobody has taken."""
    found = {}
    for number, partition in partitions.items():
        position = partition.get("app_offset", -1)
        position = position if position >= 0 else partition.get("next_offset", -1)
        if number.isdecimal() and position >= 0 and not partition.get("fetchq_cnt"):
            found[int(number)] = position, partition.get("ls_offset", -1)
    return found
