"""Partitions whose records can't be read as they should: said aloud and mended where that loses nothing more."""

from __future__ import annotations

from confluent_kafka import KafkaError

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog
from punctuald.model import Metric
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
from punctuald.ports import Count

from .librdkafka.taken import Refusal
from .membership import Membership
from .topic import KafkaTopic

GONE = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._NO_OFFSET})
UNREADABLE = frozenset({KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION, KafkaError.INVALID_MSG})


class RefusedPartitions:
    """What the library says twice a second has one line, and another one every five minutes while it lasts."""

    def __init__(self, topic: KafkaTopic, member: Membership, limited: LimitedLog, clock: Clock, count: Count) -> None:
        self._topic = topic
        self._member = member
        self._limited = limited
        self._clock = clock
        self._count = count
        self._said: dict[int, tuple[Refusal, float]] = {}  # what was logged last of a partition, and when
        self._gone: dict[int, Refusal] = {}

    def look_at(self, refusal: Refusal) -> None:
        """The library can't go on with a partition."""
        if refusal.error.code() in GONE:
            self._gone[refusal.partition] = refusal
        elif self._is_due(refusal):
            what = "kafka.batch_unreadable" if refusal.error.code() in UNREADABLE else "kafka.partition_refused"
            self._limited.error(
                what,
                queue=self._topic.name,
                partition=refusal.partition,
                offset=refusal.offset,
                code=refusal.error.name(),
                text=refusal.error.str(),
            )

    async def begin_again(self) -> None:
        """Where what was to be read is not there any more, go on where the log begins: retention deleted it, or the
        topic was made anew. The library says it once only, so what fails here is tried again with the next call."""
        for partition, refusal in tuple(self._gone.items()):
            try:
                found = await self._member.call(lambda client, refusal=refusal: client.begin_again(refusal))  # type: ignore[misc]
            except SourceError:
                return
            del self._gone[partition]
            if found is not None:
                self._say(refusal, *found)

    def _say(self, refusal: Refusal, begins: int, ends: int) -> None:
        gone = max(0, begins - refusal.offset)
        self._count(Metric.RECORDS_GONE, gone)
        self._limited.warning(
            "kafka.log_replaced" if refusal.offset > ends else "kafka.records_gone",
            queue=self._topic.name,
            partition=refusal.partition,
            from_offset=refusal.offset,
            to_offset=begins,
            records=gone,
        )

    def _is_due(self, refusal: Refusal) -> bool:
        now_mono = self._clock.mono()
        said, said_mono = self._said.get(refusal.partition, (None, 0.0))
        is_same = said is not None and _key(said) == _key(refusal)
        if is_same and now_mono - said_mono < REMINDER_SECONDS:
            return False
        self._said[refusal.partition] = refusal, now_mono
        return True


def _key(refusal: Refusal) -> tuple[int, int, int]:
    return refusal.epoch, refusal.offset, refusal.error.code()
