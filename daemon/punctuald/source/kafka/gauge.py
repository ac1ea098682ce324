"""How far a group is behind on a topic, as the autoscaler asks. Blocks: for a thread outside the workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from punctuald.clock import Clock
from punctuald.model import Backlog, Metric
from punctuald.ports import CountRequests

from .client_log import ClientLog
from .errors import KafkaUnavailable, construction_error, error_of, to_source_error
from .properties import base_properties
from .topic import KafkaTopic

CALL_SECONDS = 5.0

Offsets = Mapping[int, int]


class KafkaGauge:
    """The lag: what can be read and is not committed. What stands behind a transaction that is still open can't be had
    by anybody yet, and counts as delayed.

    Neither is what was deleted before it was read: the lag begins where the log does. Clients are made with the first
    reading, because none may be there when a process forks.
    """

    ordered = True

    def __init__(self, topic: KafkaTopic, count: CountRequests, clock: Clock, log: ClientLog) -> None:
        self._topic = topic
        self._count = count
        self._clock = clock
        self._log = log
        self._clients: tuple[AdminClient, Consumer] | None = None
        self.partitions: int | None = None

    def read(self) -> Backlog:
        """See `BacklogGauge.read`."""
        self._count(Metric.REQUEST_ATTRIBUTES)
        try:
            return self._read(*self._made())
        except TimeoutError as late:
            raise KafkaUnavailable(f"topic {self._topic.topic!r}: no answer in time", code="TimeoutError") from late
        except KafkaException as raised:
            error = error_of(raised)
            if error is None:
                raise KafkaUnavailable(f"topic {self._topic.topic!r}: {raised}", code=type(raised).__name__) from raised
            raise to_source_error(error, self._topic) from raised

    def _read(self, admin: AdminClient, consumer: Consumer) -> Backlog:
        found = admin.list_topics(self._topic.topic, timeout=CALL_SECONDS).topics[self._topic.topic]
        if found.error is not None:
            raise KafkaException(found.error)
        places = [TopicPartition(self._topic.topic, number) for number in found.partitions]
        self.partitions = len(places)
        found_places = consumer.committed(places, timeout=CALL_SECONDS)
        if refused := next((each.error for each in found_places if each.error is not None), None):
            raise KafkaException(refused)
        committed = {each.partition: each.offset for each in found_places}
        begins = _offsets(admin, places, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED)
        readable = _offsets(admin, places, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)
        ends = _offsets(admin, places, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED)
        lag = sum(max(0, end - self._next(committed[n], begins[n], end)) for n, end in readable.items())
        in_transactions = sum(max(0, ends[n] - end) for n, end in readable.items())
        return Backlog(lag, 0, in_transactions, self._clock.mono())

    def _next(self, committed: int, begins: int, ends: int) -> int:
        """The record that the group reads next."""
        if committed < 0:
            return begins if self._topic.start == "earliest" else ends
        return max(committed, begins)

    def _made(self) -> tuple[AdminClient, Consumer]:
        if self._clients is None:
            properties: dict[str, Any] = base_properties(self._topic)
            try:
                consumer = Consumer({**properties, "group.id": self._topic.group}, logger=self._log)
                self._clients = AdminClient(properties, logger=self._log), consumer
            except (KafkaException, ValueError, TypeError) as error:
                raise construction_error(error, self._topic) from error
        return self._clients


def _offsets(admin: AdminClient, places: Sequence[TopicPartition], spec: OffsetSpec, level: IsolationLevel) -> Offsets:
    asked = admin.list_offsets(dict.fromkeys(places, spec), isolation_level=level, request_timeout=CALL_SECONDS)
    return {place.partition: answer.result(CALL_SECONDS + 1).offset for place, answer in asked.items()}
