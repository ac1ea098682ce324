"""Partitions whose records can't be read as they should: said aloud and mended where that loses nothing more."""

from __future__ import annotations

from confluent_kafka import KafkaError

from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog

from .client import KafkaClient
from .membership import Membership
from .topic import KafkaTopic

GONE = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._NO_OFFSET})
UNREADABLE = frozenset({KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION, KafkaError.INVALID_MSG})


class RefusedPartitions:
    """Of each partition the last thing that was said, so that what repeats twice a second has one line."""

    def __init__(self, topic: KafkaTopic, member: Membership, limited: LimitedLog) -> None:
        self._topic = topic
        self._member = member
        self._limited = limited
        self._said: dict[int, tuple[int, int | None]] = {}
        self.gone_total = 0

    async def look_at(self, partition: int, error: KafkaError) -> None:
        """The library can't go on with ``partition``."""
        if error.code() in GONE:
            await self._begin_again(partition)
        elif self._is_news(partition, error):
            what = "kafka.batch_unreadable" if error.code() in UNREADABLE else "kafka.partition_refused"
            self._limited.error(what, queue=self._topic.name, partition=partition, code=error.name(), text=error.str())

    async def _begin_again(self, partition: int) -> None:
        """What is committed is not there any more: retention deleted it, or the topic was made anew. Reading goes on
        where the log begins, and what was lost is said."""

        def begun(client: KafkaClient) -> tuple[int | None, int]:
            committed, (begins, _) = client.committed(partition), client.range_of(partition)
            client.begin_at(partition, begins)
            return committed, begins

        try:
            committed, begins = await self._member.call(begun)
        except SourceError:
            return  # the library asks again
        gone = max(0, begins - committed) if committed is not None else None
        self.gone_total += gone or 0
        self._limited.warning(
            "kafka.records_gone",
            queue=self._topic.name,
            partition=partition,
            committed=committed,
            begins=begins,
            records=gone,
        )

    def _is_news(self, partition: int, error: KafkaError) -> bool:
        said = (error.code(), None)
        is_news, self._said[partition] = self._said.get(partition) != said, said
        return is_news
