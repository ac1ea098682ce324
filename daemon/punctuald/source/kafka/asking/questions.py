"""What a cluster is asked before anything is drained: nothing here changes anything there, and nobody joins a group."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import ConsumerGroupType, KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, AdminClient, ConfigResource

from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.errors import DENIED, MISSING, construction_error, error_of
from punctuald.source.kafka.properties import base_properties
from punctuald.source.kafka.topic import KafkaTopic

from .first_answer import first_answer

CALL_SECONDS = 3.0
COORDINATOR_SECONDS = 3.0
"""A group's first coordinator needs a moment: the brokers make the topic in which groups are kept."""
LOOK_SECONDS = 0.2
QUIET: Mapping[str, Any] = {"log_level": 0, "allow.auto.create.topics": False}

AnswerT = TypeVar("AnswerT")


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
        return _known(lambda: _is_there(self._admin.list_topics(topic, timeout=CALL_SECONDS).topics[topic].error))

    def is_denied(self, operation: str, topic: str) -> bool:
        """Whether we may certainly not do it; ``operation`` is READ or WRITE."""
        asked = self._admin.describe_topics(
            TopicCollection([topic]), include_authorized_operations=True, request_timeout=CALL_SECONDS
        )
        return _is_denied(lambda: asked[topic].result(CALL_SECONDS).authorized_operations, operation)

    def group(self) -> GroupAnswer:
        """Ours."""
        found: Any = None

        def ask() -> Any:
            nonlocal found
            found = self._described_group()
            return found.authorized_operations

        if _is_denied(ask, "READ"):
            return GroupAnswer(is_denied=True)
        has_strategy = found is not None and found.type == ConsumerGroupType.CLASSIC and found.members
        return GroupAnswer(strategy=found.partition_assignor if has_strategy else "")

    def topic_settings(self, topic: str) -> Mapping[str, str]:
        """None of them = not known."""
        return self._settings(ConfigResource.Type.TOPIC, topic)

    def broker_settings(self) -> Mapping[str, str]:
        """Of one of the brokers: what concerns groups is the same in all."""
        brokers = _known(lambda: list(self._admin.list_topics(self._topic.topic, timeout=CALL_SECONDS).brokers))
        return self._settings(ConfigResource.Type.BROKER, str(brokers[0])) if brokers else {}

    def _settings(self, kind: Any, name: str) -> Mapping[str, str]:
        asked = self._admin.describe_configs([ConfigResource(kind, name)], request_timeout=CALL_SECONDS)
        found = _known(lambda: next(iter(asked.values())).result(CALL_SECONDS)) or {}
        return {key: entry.value for key, entry in found.items() if entry.value is not None}

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


def _is_there(error: KafkaError | None) -> bool | None:
    if error is None:
        return True
    return False if error.code() in MISSING else None


def _known(ask: Callable[[], AnswerT]) -> AnswerT | None:
    try:
        return ask()
    except (KafkaException, TimeoutError):
        return None


def _is_denied(ask: Callable[[], Any], operation: str) -> bool:
    """By the operations that we are said to have; brokers that can't list them have not denied anything."""
    try:
        allowed = ask()
    except KafkaException as raised:
        error = error_of(raised)
        return error is not None and error.code() in DENIED
    except TimeoutError:
        return False
    return allowed is not None and AclOperation[operation] not in allowed and AclOperation.ALL not in allowed
