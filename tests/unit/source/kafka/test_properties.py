"""What librdkafka is told: ours where it must be, the user's everywhere else."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest
from confluent_kafka import Consumer, Producer

from punctuald.source.kafka.properties import base_properties, consumer_properties, is_cooperative
from punctuald.source.kafka.topic import CLASSIC, CONSUMER, KafkaTopic, PropertyValue

STRATEGY = "partition.assignment.strategy"


class Kept(logging.Logger):
    """What the library says."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.lines: list[str] = []

    def log(self, level: int, msg: object, *args: object, **_: object) -> None:
        self.lines.append(f"{level} {str(msg) % args if args else msg}")


def topic(**properties: PropertyValue) -> KafkaTopic:
    named = {name.replace("_", "."): value for name, value in properties.items()}
    return KafkaTopic("orders", "orders", "127.0.0.1:9", "g", properties=named)


@pytest.mark.parametrize("protocol", [CLASSIC, CONSUMER])
def test_the_library_takes_them_without_a_warning(protocol: str) -> None:
    log = Kept("kafka")
    consumer = Consumer(consumer_properties(topic(), protocol), logger=log)
    consumer.poll(0.2)
    consumer.close()
    assert [line for line in log.lines if "CONFWARN" in line] == []


def test_a_consumer_commits_nothing_by_itself_repairs_nothing_in_silence_and_checks_what_it_reads() -> None:
    properties = consumer_properties(topic(), CONSUMER)
    names = ("enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset", "check.crcs")
    assert [properties[name] for name in names] == [False, False, "error", True]


def test_the_buffers_of_a_worker_are_small_and_the_user_may_have_others() -> None:
    assert consumer_properties(topic(), CLASSIC)["queued.max.messages.kbytes"] == 4_096
    wanted = topic(queued_max_messages_kbytes=1_000)
    assert consumer_properties(wanted, CLASSIC)["queued.max.messages.kbytes"] == 1_000


def test_by_the_newer_protocol_the_brokers_decide_what_members_may_not() -> None:
    properties = consumer_properties(topic(), CONSUMER)
    assert properties.keys().isdisjoint({STRATEGY, "session.timeout.ms", "heartbeat.interval.ms"})


def test_by_the_classic_one_a_member_hears_of_a_new_deal_within_half_a_second() -> None:
    properties = consumer_properties(topic(), CLASSIC)
    assert (properties["session.timeout.ms"], properties["heartbeat.interval.ms"]) == (10_000, 500)
    assert consumer_properties(topic(heartbeat_interval_ms=3_000), CLASSIC)["heartbeat.interval.ms"] == 3_000


@pytest.mark.parametrize(
    ("properties", "protocol", "cooperative"),
    [
        ({}, CLASSIC, True),
        ({}, CONSUMER, True),
        ({"partition_assignment_strategy": "range"}, CLASSIC, False),
        ({"partition_assignment_strategy": "range"}, CONSUMER, True),
    ],
)
def test_partitions_change_hands_one_by_one_unless_the_user_wants_it_otherwise(
    properties: Mapping[str, PropertyValue], protocol: str, cooperative: bool
) -> None:
    assert is_cooperative(topic(**properties), protocol) is cooperative


def test_who_only_sends_or_asks_is_not_told_what_is_for_consumers() -> None:
    told = topic(fetch_min_bytes=5, queued_min_messages=5, max_poll_interval_ms=600_000, sasl_username="alice")
    names = base_properties(told).keys()
    assert names.isdisjoint({"fetch.min.bytes", "queued.min.messages", "max.poll.interval.ms"})
    assert {"bootstrap.servers", "sasl.username"} <= names
    Producer(base_properties(topic(client_rack="a")))


def test_secrets_are_in_no_representation() -> None:
    assert "s3cret" not in repr(topic(**{"sasl.password": "s3cret"}))
