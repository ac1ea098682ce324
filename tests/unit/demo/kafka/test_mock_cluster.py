"""librdkafka's mock cluster as a process: who uses it gets the faults that it asked for, and no process is left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from peers.kafka.admin import QUIET
from punctuald.demo.kafka import mock_cluster
from punctuald.demo.kafka.embedded_kafka import MockKafka, mock_kafka
from punctuald.demo.kafka.mock_cluster import Api

ANSWER_SECONDS = 20.0


@pytest.fixture
def mock() -> Iterator[MockKafka]:
    with mock_kafka({"events": 3}) as running:
        yield running


def settings(mock: MockKafka, **more: Any) -> dict[str, Any]:
    return {**QUIET, "bootstrap.servers": mock.bootstrap, **more}


def produce(mock: MockKafka, count: int, **more: Any) -> list[KafkaError | None]:
    failed: list[KafkaError | None] = []
    producer = Producer(settings(mock, **more))
    for number in range(count):
        producer.produce("events", b"%d" % number, on_delivery=lambda error, _record: failed.append(error))
    producer.flush(ANSWER_SECONDS)
    return failed


def test_its_topics_are_there_and_a_group_reads_what_is_produced(mock: MockKafka) -> None:
    mock.create_topic("more", 2)
    topics = AdminClient(settings(mock)).list_topics(timeout=ANSWER_SECONDS).topics
    assert {name: len(topic.partitions) for name, topic in topics.items()} == {"events": 3, "more": 2}
    assert produce(mock, 20) == [None] * 20
    wanted = {"group.id": "readers", "auto.offset.reset": "earliest", "fetch.wait.max.ms": 20}
    consumer = Consumer(settings(mock, **wanted))
    consumer.subscribe(["events"])
    records = consumer.consume(20, ANSWER_SECONDS)
    consumer.close()
    assert sorted(int(record.value() or b"") for record in records) == list(range(20))


def test_pushed_errors_answer_the_next_requests(mock: MockKafka) -> None:
    mock.push_request_errors(Api.PRODUCE, *[KafkaError.TOPIC_AUTHORIZATION_FAILED] * 3)
    failed = produce(mock, 3, **{"retries": 0, "batch.num.messages": 1})
    assert [error.code() for error in failed if error] == [KafkaError.TOPIC_AUTHORIZATION_FAILED] * 3
    mock.push_request_errors(Api.PRODUCE, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    mock.push_request_errors(Api.PRODUCE)
    assert produce(mock, 1) == [None]


def test_a_broker_is_away_and_comes_back(mock: MockKafka) -> None:
    client = AdminClient(settings(mock))
    mock.broker_down()
    with pytest.raises(KafkaException):
        client.list_topics(timeout=0.5)
    mock.broker_up()
    assert client.list_topics(timeout=ANSWER_SECONDS).topics


def test_a_slow_broker_answers_as_late_as_it_was_told_to(mock: MockKafka) -> None:
    client = AdminClient(settings(mock))
    client.list_topics(timeout=ANSWER_SECONDS)
    mock.set_rtt(300)
    begun_mono = time.monotonic()
    client.list_topics(timeout=ANSWER_SECONDS)
    assert time.monotonic() - begun_mono >= 0.3


def test_what_it_can_not_do_is_said_and_the_next_command_is_obeyed(mock: MockKafka) -> None:
    with pytest.raises(ValueError, match="down 7"):
        mock.broker_down(7)
    mock.broker_down(1)


def test_it_ends_when_nobody_can_tell_it_anything_any_more() -> None:
    command = [sys.executable, "-m", mock_cluster.__name__, "--brokers", "2", "--topic", "a:b:1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().count(b"127.0.0.1:") == 2
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(ANSWER_SECONDS) == 0
