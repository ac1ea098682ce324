"""Where reading begins is what brokers said, and not what they refused to say."""

from __future__ import annotations

from typing import Any, cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from punctuald.source.kafka.group.beginnings import Beginnings
from punctuald.source.kafka.topic import KafkaTopic


class Asked:
    """A consumer that answers for one partition with ``offset``, or with an error; ``appended`` come meanwhile."""

    def __init__(self, offset: int = -1001, error: KafkaError | None = None, appended: int = 0) -> None:
        self.answer = (offset, error)
        self.ends, self.appended = 100, appended

    def committed(self, places: list[TopicPartition], timeout: float) -> list[Any]:
        assert timeout
        return [_Place(place.partition, *self.answer) for place in places]

    def offsets_for_times(self, places: list[TopicPartition], timeout: float) -> list[Any]:
        assert timeout
        self.ends += self.appended
        return [_Place(place.partition, -1, None) for place in places]

    def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int]:
        assert timeout
        assert place.partition == 0
        return 0, self.ends


class _Place:
    def __init__(self, partition: int, offset: int, error: KafkaError | None) -> None:
        self.topic, self.partition, self.offset, self.error, self.metadata = "orders", partition, offset, error, ""


def beginnings(asked: Asked, start: Any) -> Beginnings:
    return Beginnings(KafkaTopic("orders", "orders", "b:1", "g", start=start), cast("Consumer", asked))


@pytest.mark.parametrize("start", ["earliest", "latest"])
def test_a_refusal_for_one_partition_is_no_group_that_has_committed_nothing(start: str) -> None:
    refused = Asked(error=KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    with pytest.raises(KafkaException):
        beginnings(refused, start).of([TopicPartition("orders", 0)])


def test_what_is_appended_while_a_young_partitions_beginning_is_looked_up_is_read() -> None:
    made = beginnings(Asked(appended=1), "latest")
    made.metadata = "since=1700000000000"
    assert made.of([TopicPartition("orders", 0)]).to_commit == {0: 100}
