"""What the library says by the way: a refusal that it would retry for ever, and where reading stands."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from confluent_kafka import KafkaError

from punctuald.errors import SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.topic import KafkaTopic

REFUSED = [KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError.TOPIC_AUTHORIZATION_FAILED]


@pytest.fixture
def health() -> BrokerHealth:
    return BrokerHealth(KafkaTopic("orders", "orders.v1", "broker:9092", "billing"))


def measure(health: BrokerHealth, state: str = "UP", partitions: Any = None, **group: Any) -> None:
    brokers = {"b": {"nodeid": 1, "state": state}}
    topics = {"orders.v1": {"partitions": partitions or {}}}
    health.measured(orjson.dumps({"brokers": brokers, "topics": topics, "cgrp": group, "rxmsgs": 7}).decode())


def test_one_broker_that_is_away_is_no_trouble(health: BrokerHealth) -> None:
    health.failed(KafkaError(KafkaError._TRANSPORT, "refused"))
    assert health.trouble is None


def test_that_all_are_is_said_in_the_words_of_the_last(health: BrokerHealth) -> None:
    health.failed(KafkaError(KafkaError._TRANSPORT, "Connection refused"))
    health.failed(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert isinstance(health.trouble, SourceUnavailable)
    assert "Connection refused" in str(health.trouble)
    measure(health)
    assert health.trouble is None


@pytest.mark.parametrize("code", REFUSED)
def test_who_is_refused_is_told_so_whatever_else_follows(health: BrokerHealth, code: int) -> None:
    health.failed(KafkaError(code, "no"))
    health.failed(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert isinstance(health.trouble, SourceMisconfigured)
    measure(health, state="CONNECT")
    assert isinstance(health.trouble, SourceMisconfigured)


def test_a_refusal_of_the_topic_is_not_over_because_a_broker_answers(health: BrokerHealth) -> None:
    health.said(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, "unknown"))
    measure(health, join_state="steady", assignment_size=0)
    assert isinstance(health.trouble, SourceMissing)
    measure(health, join_state="steady", assignment_size=2)
    assert health.trouble is None


def test_that_the_group_is_settled_is_known_once_and_forgotten_with_the_client(health: BrokerHealth) -> None:
    measure(health, join_state="wait-assign-call")
    joined = [health.has_joined]
    for state in ("steady", "wait-join"):
        measure(health, join_state=state)
        joined.append(health.has_joined)
    health.reset()
    assert [*joined, health.has_joined] == [False, True, True, False]


def test_where_reading_stands_and_how_far_it_could_be(health: BrokerHealth) -> None:
    measure(
        health,
        partitions={
            "0": {"app_offset": 10, "next_offset": 12, "ls_offset": 30, "hi_offset": 35, "fetchq_cnt": 0},
            "1": {"app_offset": -1001, "next_offset": 4, "ls_offset": 9, "fetchq_cnt": 0},
            "2": {"app_offset": 3, "ls_offset": 9, "fetchq_cnt": 6},
            "3": {"app_offset": -1001, "next_offset": -1001, "ls_offset": -1001, "fetchq_cnt": 0},
            "-1": {"app_offset": 0, "ls_offset": 5, "fetchq_cnt": 0},
        },
    )
    assert health.stands == {0: (10, 30), 1: (4, 9)}
    assert health.fetched_total == 7
