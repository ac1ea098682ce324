"""What a member of a group keeps to when partitions come and go."""

from __future__ import annotations

import time
from collections.abc import Callable

from confluent_kafka import Producer

from doubles.kafka.owning import Owning
from peers.kafka.server import KafkaServer
from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.event_rates import EventRates
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.client_log import ClientLog
from punctuald.source.kafka.group.client import KafkaClient
from punctuald.source.kafka.topic import CLASSIC, KafkaTopic

PATIENCE_SECONDS = 20.0


class Member:
    """One client and its owner."""

    def __init__(self, kafka: KafkaServer, topic: str) -> None:
        settings = KafkaTopic(topic, topic, kafka.bootstrap(), topic, properties={"fetch.wait.max.ms": 20})
        log = ClientLog(topic, LimitedLog(logger(), EventRates(), time.monotonic))
        self.owner = Owning()
        self.client = KafkaClient(settings, CLASSIC, self.owner, BrokerHealth(settings), log)
        self.client.join()
        self.seen: set[int] = set()  # the partitions of the records that came

    def take_until(self, condition: Callable[[], bool]) -> None:
        """Whatever comes is noted in ``seen``."""
        give_up_mono = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < give_up_mono
            self.seen |= {record.partition() or 0 for record in self.client.take(50, 0.02).records}


def produce(kafka: KafkaServer, topic: str, partitions: int, each: int) -> None:
    producer = Producer({**kafka.client_settings(), "log_level": 0})
    for number in range(partitions * each):
        producer.produce(topic, b"%d" % number, partition=number % partitions)
    assert producer.flush(PATIENCE_SECONDS) == 0


def test_a_partition_that_was_paused_when_it_went_is_read_when_it_is_back(kafka: KafkaServer) -> None:
    kafka.create_topic("paused", 2)
    first = Member(kafka, "paused")
    first.take_until(lambda: len(first.owner.epochs) == 2)
    first.client.pause({0, 1})
    second = Member(kafka, "paused")
    _serve(first, second, lambda: len(first.owner.epochs) == len(second.owner.epochs) == 1)
    first.client.pause(())
    second.client.close({})
    first.take_until(lambda: len(first.owner.epochs) == 2)
    produce(kafka, "paused", 2, 5)
    first.take_until(lambda: len(first.seen) == 2)
    assert first.seen == {0, 1}
    first.client.close({})


def test_only_the_assignment_that_delivered_a_record_commits_it_and_never_less_than_before(kafka: KafkaServer) -> None:
    kafka.create_topic("bound", 1)
    produce(kafka, "bound", 1, 10)
    member = Member(kafka, "bound")
    member.take_until(lambda: bool(member.owner.epochs))
    epoch = member.owner.epochs[0]
    for asked, known in (((epoch, 6), 6), ((epoch, 4), 6), ((epoch - 1, 9), 6), ((epoch, 8), 8)):
        member.client.commit({0: asked})
        for _ in range(5):
            member.client.take(50, 0.02)
        assert kafka.commits("bound", "bound") == {0: known}
    member.client.close({0: (epoch - 1, 10)})
    other = Member(kafka, "bound")
    assert kafka.commits("bound", "bound") == {0: 8}
    other.take_until(lambda: bool(other.owner.epochs))
    assert other.owner.epochs[0] > epoch
    other.client.close({})


def _serve(first: Member, second: Member, condition: Callable[[], bool]) -> None:
    first.take_until(lambda: bool(second.client.take(1, 0.02)) and condition())
