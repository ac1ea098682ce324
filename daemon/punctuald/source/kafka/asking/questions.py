"""What a cluster is asked before anything is drained. Nobody joins a group and no topic is made, but that the brokers
make the one in which they keep groups, where nobody has asked for one yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from confluent_kafka import ConsumerGroupType, KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, AdminClient, ConfigResource

from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.errors import DENIED, construction_error, error_of
from punctuald.source.kafka.properties import base_properties
from punctuald.source.kafka.topic import KafkaTopic
from punctuald.source.kafka.topic_metadata import is_there

from .first_answer import first_answer

CALL_SECONDS = 3.0
COORDINATOR_SECONDS = 3.0
"""A group's first coordinator needs a moment: the brokers make the topic in which groups are kept."""
LOOK_SECONDS = 0.2
QUIET: Mapping[str, Any] = {"log_level": 0, "allow.auto.create.topics": False}

DENIAL = object()
NO_ANSWER = frozenset({KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._UNSUPPORTED_FEATURE})


class GroupAnswer(NamedTuple):
    """``strategy`` is that of classic members that are there now; "" = none, or not known."""

    is_denied: bool = False
    strategy: str = ""


class Questions:
    """About one cluster. What brokers can't or won't answer is not known: only the topic's own metadata is demanded."""

    def __init__(self, topic: KafkaTopic) -> None:
        """Raises `SourceMisconfigured` where the properties are refused."""
        self._topic = topic
        self._health = BrokerHealth(topic)
        self._is_answering = True
        properties: dict[str, Any] = {**QUIET, **base_properties(topic), "error_cb": self._health.failed}
        try:
            self._admin = AdminClient(properties)
        except (KafkaException, ValueError, TypeError) as error:
            raise construction_error(error, topic) from error

    def partitions(self) -> int:
        """Of the topic. Raises `SourceError`."""
        return first_answer(self._admin, self._topic, self._health)

    def is_there(self, topic: str) -> bool | None:
        """None = the brokers do not say."""
        return is_there(self._admin, topic, CALL_SECONDS)

    def is_denied(self, operation: str, topic: str) -> bool:
        """Whether we may certainly not do it; ``operation`` is READ or WRITE."""
        found = self._known(lambda: self._described_topic(topic))
        return found is DENIAL or (found is not None and _lacks(found.authorized_operations, operation))

    def group(self) -> GroupAnswer:
        """Ours."""
        found = self._known(self._described_group)
        if found is DENIAL or (found is not None and _lacks(found.authorized_operations, "READ")):
            return GroupAnswer(is_denied=True)
        has_strategy = found is not None and found.type == ConsumerGroupType.CLASSIC and found.members
        return GroupAnswer(strategy=found.partition_assignor if has_strategy else "")

    def topic_settings(self, topic: str) -> Mapping[str, str]:
        """None of them = not known."""
        return self._settings(ConfigResource.Type.TOPIC, topic)

    def broker_settings(self) -> Mapping[str, str]:
        """Of one of the brokers: what concerns groups is the same in all."""
        found = self._known(lambda: self._admin.list_topics(self._topic.topic, timeout=CALL_SECONDS))
        if found is None or not found.brokers:
            return {}
        return self._settings(ConfigResource.Type.BROKER, str(next(iter(found.brokers))))

    def _settings(self, kind: Any, name: str) -> Mapping[str, str]:
        found = self._known(lambda: self._described_settings(ConfigResource(kind, name)))
        entries = {} if found is None or found is DENIAL else found
        return {key: entry.value for key, entry in entries.items() if entry.value is not None}

    def _known(self, ask: Callable[[], Any]) -> Any:
        """The answer, `DENIAL`, or None. Brokers that don't answer one of these requests are not asked the others: each
        would take its whole time."""
        if not self._is_answering:
            return None
        try:
            return ask()
        except KafkaException as raised:
            error = error_of(raised)
            if error is not None and error.code() in DENIED:
                return DENIAL
            self._is_answering = error is not None and error.code() not in NO_ANSWER
        except TimeoutError:
            self._is_answering = False
        return None

    def _described_settings(self, resource: ConfigResource) -> Any:
        asked = self._admin.describe_configs([resource], request_timeout=CALL_SECONDS)
        return next(iter(asked.values())).result(CALL_SECONDS)

    def _described_topic(self, topic: str) -> Any:
        asked = self._admin.describe_topics(
            TopicCollection([topic]), include_authorized_operations=True, request_timeout=CALL_SECONDS
        )
        return asked[topic].result(CALL_SECONDS)

    def _described_group(self) -> Any:
        give_up_mono = time.monotonic() + COORDINATOR_SECONDS
        while True:
            asked = self._admin.describe_consumer_groups(
                [self._topic.group], include_authorized_operations=True, request_timeout=CALL_SECONDS
            )
            try:
                return asked[self._topic.group].result(CALL_SECONDS)
            except KafkaException as raised:
                if raised.args[0].code() != KafkaError.NOT_COORDINATOR or time.monotonic() >= give_up_mono:
                    raise
            time.sleep(LOOK_SECONDS)


def _lacks(allowed: Sequence[Any] | None, operation: str) -> bool:
    """By the operations that we are said to have; brokers that can't list them have not denied anything."""
    return allowed is not None and AclOperation[operation] not in allowed and AclOperation.ALL not in allowed
