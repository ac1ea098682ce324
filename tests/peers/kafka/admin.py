"""What a Kafka keeps, asked and changed from outside, whoever's Kafka it is.

Each call makes a client and lets it go: a client has threads, and whoever tests may fork.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic, OffsetSpec

Answer = TypeVar("Answer")
CALL_SECONDS = 20.0
LOOK_SECONDS = 0.02
QUIET: Mapping[str, Any] = {"log_level": 0, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200}
"""librdkafka writes some lines a second to stderr while a broker is away, and looks for it more and more rarely."""


class KafkaAdmin:
    """``settings`` are those of a client: ``bootstrap.servers`` at least."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = {**QUIET, **settings}

    def create_topic(self, name: str, partitions: int = 4, **config: str | int) -> None:
        """Returns when clients see it. ``config`` as ``retention_ms=1000``."""
        told = {key.replace("_", "."): str(value) for key, value in config.items()}
        admin = self.client()
        _answers(admin.create_topics([NewTopic(name, partitions, 1, config=told)], request_timeout=CALL_SECONDS))
        self._wait_until_answered(name, partitions)

    def delete_topic(self, name: str) -> None:
        """With all that is in it."""
        admin = self.client()
        _answers(admin.delete_topics([name], request_timeout=CALL_SECONDS))

    def add_partitions(self, topic: str, total: int) -> None:
        """There are ``total`` afterwards."""
        admin = self.client()
        _answers(admin.create_partitions([NewPartitions(topic, total)], request_timeout=CALL_SECONDS))
        self._wait_until_answered(topic, total)

    def delete_records(self, topic: str, before: Mapping[int, int]) -> None:
        """Per partition all before an offset, as if retention had done it."""
        wanted = [TopicPartition(topic, partition, offset) for partition, offset in before.items()]
        admin = self.client()
        _answers(admin.delete_records(wanted, request_timeout=CALL_SECONDS))

    def commits(self, group: str, topic: str) -> Mapping[int, int]:
        """The group's committed offset by partition; without those that have none."""
        asker = self.asker(group)
        try:
            return committed(asker, topic, _partitions(asker, topic))
        finally:
            asker.close()

    def alter_commits(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Set what a group without members has committed."""
        asker = self.asker(group)
        try:
            asker.commit(offsets=[TopicPartition(topic, *each) for each in offsets.items()], asynchronous=False)
        finally:
            asker.close()

    def begins(self, topic: str) -> Mapping[int, int]:
        """The first offset of each partition that is still there."""
        return self._offsets(topic, OffsetSpec.earliest())

    def ends(self, topic: str) -> Mapping[int, int]:
        """The offset that the next record of each partition will get."""
        return self._offsets(topic, OffsetSpec.latest())

    def lag(self, group: str, topic: str) -> int:
        """Offsets that the group has not committed, of those that are still there. Control records of transactions
        count too, though nobody ever reads them."""
        begins, commits = self.begins(topic), self.commits(group, topic)
        return sum(
            end - max(begins[partition], commits.get(partition, 0)) for partition, end in self.ends(topic).items()
        )

    def members(self, group: str) -> int:
        """How many clients are in the group."""
        admin = self.client()
        [described] = admin.describe_consumer_groups([group], request_timeout=CALL_SECONDS).values()
        return len(described.result(CALL_SECONDS).members)

    def client(self) -> AdminClient:
        """A new one, for what is not here."""
        return AdminClient(dict(self._settings))

    def asker(self, group: str) -> Consumer:
        """One that asks what the group has committed, and never joins it. It wants to be closed.

        Not AdminClient.list_consumer_group_offsets: where the broker answers NOT_COORDINATOR, as each does for a moment
        after its start, librdkafka 2.16.0 looks there for a consumer that an admin client has not, and the process dies
        of SIGSEGV.
        """
        return Consumer({**self._settings, "group.id": group, "enable.auto.commit": False})

    def _wait_until_answered(self, topic: str, partitions: int) -> None:
        """A partition is in the metadata a moment before its leader knows that it is one."""
        give_up_mono = time.monotonic() + CALL_SECONDS
        while time.monotonic() < give_up_mono:
            with suppress(KafkaException):
                if len(self.ends(topic)) == partitions:
                    return
            time.sleep(LOOK_SECONDS)
        raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE))

    def _offsets(self, topic: str, which: OffsetSpec) -> Mapping[int, int]:
        admin = self.client()
        wanted = {TopicPartition(topic, partition): which for partition in _partitions(admin, topic)}
        answers = admin.list_offsets(wanted, request_timeout=CALL_SECONDS)
        return {place.partition: future.result(CALL_SECONDS).offset for place, future in answers.items()}


def committed(asker: Consumer, topic: str, partitions: Iterable[int]) -> Mapping[int, int]:
    """See `KafkaAdmin.commits`; for whoever asks so often that it keeps its client."""
    asked = [TopicPartition(topic, partition) for partition in partitions]
    return {
        place.partition: place.offset for place in asker.committed(asked, timeout=CALL_SECONDS) if place.offset >= 0
    }


def _answers(futures: Mapping[Any, Future[Answer]]) -> Iterable[Answer]:
    return [future.result(CALL_SECONDS) for future in futures.values()]


def _partitions(admin: AdminClient | Consumer, topic: str) -> list[int]:
    found = admin.list_topics(topic, timeout=CALL_SECONDS).topics[topic]
    if found.error is not None:
        raise KafkaException(found.error)
    return sorted(found.partitions)
