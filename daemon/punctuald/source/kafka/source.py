"""One worker's share of an Apache Kafka topic as a source of messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.model import Failure, Message, Metric
from punctuald.ports import LOG_LARGEST_BATCH, NO_DEAD_LETTER_QUEUE, Count, OnRevoked, SourceLimits
from punctuald.source.log.buffered_source import BufferedSource

from .broker_health import BrokerHealth
from .client_log import ClientLog
from .dead_letters import DeadLetters
from .group.commits import Commits
from .group.group_changes import GroupChanges
from .group.membership import Membership
from .group.refused_partitions import RefusedPartitions
from .group.static_member import StaticMember
from .group.taking import Taking
from .partitions.reading import TopicReading
from .partitions.record import RecordReader
from .partitions.stuck_partitions import StuckPartitions
from .partitions.topic_buffer import TopicBuffer
from .topic import KafkaTopic

LIMITS = SourceLimits(largest_receive=LOG_LARGEST_BATCH, largest_batch=LOG_LARGEST_BATCH, longest_lease_seconds=inf)


class KafkaSource(BufferedSource[TopicReading]):
    """A `Source`. Made on the worker's event loop, where everything in it runs but the calls to the library.

    ``members`` says how many workers there are to be, for members that are static.
    """

    def __init__(
        self,
        topic: KafkaTopic,
        count: Count,
        clock: Clock,
        limited: LimitedLog,
        members: Callable[[], int] = lambda: 1,
    ) -> None:
        log = ClientLog(topic.name, limited)
        self.health = health = BrokerHealth(topic)
        self._topic = topic
        self._count = count
        self._clock = clock
        buffer = TopicBuffer(RecordReader(topic.name, clock, limited), clock)
        super().__init__(topic.name, f"topic {topic.topic!r}", buffer)
        self._records = buffer
        self._changes = GroupChanges(topic, buffer, clock, limited)
        static_member = StaticMember(topic.static_identity, members) if topic.static_identity else None
        self._member = Membership(topic, self._changes, health, log, clock, limited, static_member)
        self._commits = Commits(topic, self._member, buffer, limited, count)
        refused = RefusedPartitions(topic, self._member, limited, clock, count)
        stuck = StuckPartitions(topic, buffer, health, limited, clock)
        self._taking = Taking(topic, self._member, buffer, health, self._commits, refused, stuck, clock)
        self._dead_letters = DeadLetters(topic, log)

    @property
    def limits(self) -> SourceLimits:
        """See `Source.limits`."""
        return LIMITS

    @property
    def broker_ahead_seconds(self) -> float:
        """See `Source.broker_ahead_seconds`: brokers do not say what time it is."""
        return 0.0

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> Sequence[Message]:  # noqa: ARG002  # no leases
        """See `Source.receive`. The first one also joins the group, and waits until that has dealt its partitions."""
        self._refuse_if_closed()
        self._count(Metric.REQUEST_RECEIVE)
        messages = self._buffer.take(most)
        if not messages:
            await self._taking.fill(most, self._clock.mono() + wait_seconds)
            messages = self._buffer.take(most)
        return messages

    async def dead_letter(self, message: Message, reason: str) -> Sequence[Failure]:
        """See `Source.dead_letter`. The record is done only when the brokers have confirmed the copy."""
        self._refuse_if_closed()
        if not self._topic.dead_letter_topic:
            text = f"topic {self._topic.topic!r} has no dead_letter_topic"
            return [Failure(message.receipt_handle, NO_DEAD_LETTER_QUEUE, text, retryable=False)]
        if failures := self._buffer.not_ours([message]):
            return failures
        self._count(Metric.REQUEST_DEAD_LETTER)
        return await self._dead_letters.copy(message, reason) or self._buffer.done([message])

    def on_revoked(self, call: OnRevoked) -> None:
        """See `Source.on_revoked`."""
        self._changes.on_revoked = call

    def end_receiving(self) -> None:
        """See `Source.end_receiving`: a member of a group has no way to give back some of its partitions."""

    async def close(self) -> None:
        """See `Source.close`. What is done is committed, and the group deals the partitions out to the others."""
        if not self._closed:
            self._closed = True
            self._changes.on_revoked = None  # whoever closes a source is done with it
            self._taking.stop()
            self._commits.stop()
            await self._member.close(self._records.checkpoints())
            await self._dead_letters.close()
