"""What a member of a group keeps to, against the brokers that librdkafka has inside for such tests."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from doubles.kafka.mock_process import MockKafka, mock_kafka
from doubles.kafka.owning import Owning
from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.event_rates import EventRates
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.client_log import ClientLog
from punctuald.source.kafka.group.callbacks import CallbackError
from punctuald.source.kafka.group.client import KafkaClient
from punctuald.source.kafka.topic import CLASSIC, KafkaTopic

PATIENCE_SECONDS = 20.0


class Failing(BrokerHealth):
    """Whose callback fails."""

    def measured(self, statistics: str) -> None:
        raise ValueError(statistics[:1])


@pytest.fixture(scope="module")
def brokers() -> Iterator[MockKafka]:
    with mock_kafka() as started:
        yield started


def produce(brokers: MockKafka, topic: str, partitions: int, each: int) -> None:
    producer = Producer({"bootstrap.servers": brokers.bootstrap, "log_level": 0})
    for number in range(partitions * each):
        producer.produce(topic, b"%d" % number, partition=number % partitions)
    assert producer.flush(PATIENCE_SECONDS) == 0


def test_a_callback_that_fails_loses_no_record_and_is_heard_of(brokers: MockKafka) -> None:
    brokers.create_topic("failing", 1)
    produce(brokers, "failing", 1, 500)
    settings = KafkaTopic("failing", "failing", brokers.bootstrap, "failing", properties={"fetch.wait.max.ms": 20})
    log = ClientLog("failing", LimitedLog(logger(), EventRates(), time.monotonic))
    client = KafkaClient(settings, CLASSIC, Owning(), Failing(settings), log)
    client.join()
    offsets: list[int] = []
    failures: list[str] = []
    give_up_mono = time.monotonic() + PATIENCE_SECONDS
    while (len(offsets) < 500 or len(failures) < 2) and time.monotonic() < give_up_mono:
        try:
            offsets += [record.offset() or 0 for record in client.take(5, 0.02).records]
        except CallbackError as error:
            failures.append(str(error))
        time.sleep(0.01)
    assert (offsets, failures) == ([*range(500)], ["ValueError: {"] * 2)
    client.close({})
