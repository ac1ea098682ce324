"""Where the reading of partitions begins, as their group has committed it or, for the first time, finds it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from punctuald.policy.receive.start_offset import Begin, begin_of, since_of, since_text
from punctuald.source.kafka.topic import KafkaTopic

CALL_SECONDS = 5.0
"""A call to the brokers has this long; a frozen broker lets each wait for ever."""


class Begins(NamedTuple):
    """Of some partitions: what to assign; what is committed of them; and what should be, at once, or whoever reads a
    partition next, before anything of it is done, would ask again where its end is."""

    places: list[TopicPartition]
    committed: Mapping[int, int]
    to_commit: Mapping[int, int]


class Beginnings:
    """Asks the brokers, so it blocks, in the client's thread; called by a callback, where `list_topics` would end the
    process at the next one (an assertion of confluent-kafka's).

    ``metadata`` is what all the group's commits bear: since when it reads the topic, which is to outlive every member.
    ``partitions`` is how many the topic had when the client began.
    """

    def __init__(self, topic: KafkaTopic, consumer: Consumer) -> None:
        self._topic = topic
        self._consumer = consumer
        self.metadata = ""
        self.partitions = 0

    def of(self, partitions: Sequence[TopicPartition]) -> Begins:
        """Raises `KafkaException`."""
        places = self._committed(list(partitions))
        committed = {place.partition: place.offset for place in places if place.offset >= 0}
        self._remember_since(places)
        fresh = [place for place in places if place.partition not in committed]
        begin = begin_of(self._topic.start, self._since_ms(fresh) if fresh else None)
        for place in fresh:
            place.offset = self._begin(place, begin)
        to_commit = {place.partition: place.offset for place in fresh if place.offset >= 0}
        return Begins(places, committed, to_commit)

    def _begin(self, place: TopicPartition, begin: Begin) -> int:
        if begin is Begin.EARLIEST:
            return OFFSET_BEGINNING
        _, ends = self._consumer.get_watermark_offsets(place, timeout=CALL_SECONDS)
        if begin is Begin.GROUP_START:  # asked after the end: what is appended between the two must not be passed over
            at = TopicPartition(place.topic, place.partition, since_of(self.metadata) or 0)
            [found] = self._consumer.offsets_for_times([at], timeout=CALL_SECONDS)
            if _answered(found).offset >= 0:
                return found.offset
        return ends

    def _since_ms(self, fresh: Sequence[TopicPartition]) -> int | None:
        """When the group began to read the topic, by what it committed for any partition; where it begins now, that is
        remembered for the partitions to come."""
        if since_of(self.metadata) is None:
            others = set(range(self.partitions)) - {each.partition for each in fresh}
            asked = [TopicPartition(self._topic.topic, number) for number in others]
            self._remember_since(self._committed(asked))
        since_ms = since_of(self.metadata)
        if since_ms is None:
            self.metadata = since_text(int(time.time() * 1000))
        return since_ms

    def _committed(self, places: list[TopicPartition]) -> list[TopicPartition]:
        """An answer for one partition may be an error of its own: that is no «nothing is committed»."""
        found = self._consumer.committed(places, timeout=CALL_SECONDS) if places else []
        return [_answered(place) for place in found]

    def _remember_since(self, places: Sequence[TopicPartition]) -> None:
        for place in places:
            if place.offset >= 0 and since_of(place.metadata) is not None:
                self.metadata = place.metadata or ""


def _answered(place: TopicPartition) -> TopicPartition:
    """Raises `KafkaException` where the brokers refused to say."""
    if place.error is not None:
        raise KafkaException(place.error)
    return place
