"""The Kafka that other tests stand on does what they think it does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from peers.kafka.admin import QUIET
from peers.kafka.properties import CLASSIC_ONLY, PLAIN, SCRAM, Listener
from peers.kafka.server import KafkaServer, ServerStartError
from peers.programs.maven import NotToBeHad

ANSWER_SECONDS = 30.0
EVERY_WAY_IN = [
    (Listener.PLAINTEXT, PLAIN),
    (Listener.SASL, PLAIN),
    (Listener.SASL, SCRAM),
    (Listener.TLS, PLAIN),
    (Listener.SASL_TLS, PLAIN),
    (Listener.SASL_TLS, SCRAM),
]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[KafkaServer]:
    """One that may be hurt, not yet started."""
    server = KafkaServer(tmp_path)
    yield server
    server.kill()


def start(server: KafkaServer) -> None:
    try:
        server.start()
    except NotToBeHad as missing:
        pytest.skip(f"Apache Kafka: {missing}")


def produce(settings: dict[str, object], topic: str, values: list[bytes]) -> None:
    producer = Producer({**QUIET, **settings})
    failed: list[KafkaError | None] = []
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _record: failed.append(error))
    assert producer.flush(ANSWER_SECONDS) == 0
    assert set(failed) == {None}


def consume(settings: dict[str, object], topic: str, count: int, **more: str) -> list[bytes | None]:
    """The first ``count``, committed."""
    consumer = Consumer({**QUIET, **settings, "group.id": topic, "auto.offset.reset": "earliest", **more})
    try:
        consumer.subscribe([topic])
        records = consumer.consume(count, ANSWER_SECONDS)
        assert [record.error() for record in records] == [None] * count
        consumer.commit(asynchronous=False)
        return sorted((record.value() for record in records), key=lambda value: value or b"")
    finally:
        consumer.close()


@pytest.mark.parametrize(("listener", "mechanism"), EVERY_WAY_IN)
def test_what_is_produced_is_consumed_over_every_listener(
    kafka: KafkaServer, listener: Listener, mechanism: str
) -> None:
    topic = f"over-{listener}-{mechanism}".lower()
    kafka.create_topic(topic, 2)
    settings = kafka.client_settings(listener, mechanism)
    produce(settings, topic, [b"1", b"2", b"3"])
    assert consume(settings, topic, 3) == [b"1", b"2", b"3"]


def test_lag_is_what_the_group_has_not_committed_of_what_is_still_there(kafka: KafkaServer) -> None:
    kafka.create_topic("lagging", 1)
    settings = kafka.client_settings()
    produce(settings, "lagging", [b"%d" % number for number in range(10)])
    assert (kafka.commits("lagging", "lagging"), kafka.lag("lagging", "lagging")) == ({}, 10)
    consume(settings, "lagging", 4, **{"queued.min.messages": "1"})
    assert (kafka.commits("lagging", "lagging"), kafka.lag("lagging", "lagging")) == ({0: 4}, 6)
    kafka.delete_records("lagging", {0: 7})
    assert (kafka.begins("lagging"), kafka.ends("lagging"), kafka.lag("lagging", "lagging")) == ({0: 7}, {0: 10}, 3)


def test_a_topic_can_get_more_partitions(kafka: KafkaServer) -> None:
    kafka.create_topic("growing", 1, retention_ms=3_600_000)
    kafka.add_partitions("growing", 3)
    assert kafka.ends("growing") == {0: 0, 1: 0, 2: 0}


def test_records_and_commits_outlive_a_stop_and_a_kill_which_leave_no_process(own: KafkaServer) -> None:
    start(own)
    own.create_topic("kept", 1)
    produce(own.client_settings(), "kept", [b"1", b"2"])
    consume(own.client_settings(), "kept", 1, **{"queued.min.messages": "1"})
    stopped = own.pid
    own.stop()
    assert not is_alive(stopped)
    own.start()
    assert (own.ends("kept"), own.commits("kept", "kept")) == ({0: 2}, {0: 1})
    killed = own.pid
    own.freeze()
    own.kill()
    assert not is_alive(killed)
    own.start()
    assert (own.ends("kept"), own.commits("kept", "kept")) == ({0: 2}, {0: 1})


def test_a_frozen_one_answers_nobody_until_it_is_thawed(kafka: KafkaServer) -> None:
    kafka.create_topic("frozen", 1)
    kafka.freeze()
    try:
        with pytest.raises(KafkaException):
            kafka.client().list_topics(timeout=1.0)
    finally:
        kafka.thaw()
    assert kafka.ends("frozen") == {0: 0}


def test_one_without_the_new_protocol_refuses_it_and_takes_the_classic_one(tmp_path: Path) -> None:
    server = KafkaServer(tmp_path, CLASSIC_ONLY)
    try:
        start(server)
        server.create_topic("old", 1)
        produce(server.client_settings(), "old", [b"1"])
        with pytest.raises(KafkaException):
            _consume_by_the_new_protocol(server)
        assert consume(server.client_settings(), "old", 1) == [b"1"]
    finally:
        server.kill()


def test_one_that_can_not_start_says_what_java_wrote(tmp_path: Path) -> None:
    server = KafkaServer(tmp_path, {"log.dirs": "/proc/nowhere"})
    try:
        with pytest.raises(ServerStartError, match=r"meta\.properties"):
            start(server)
    finally:
        server.kill()


def is_alive(group: int) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return True
    return False


def _consume_by_the_new_protocol(server: KafkaServer) -> None:
    settings = {**QUIET, **server.client_settings(), "group.id": "old", "group.protocol": "consumer"}
    consumer = Consumer(settings)
    try:
        consumer.subscribe(["old"])
        [record] = consumer.consume(1, ANSWER_SECONDS)
        if record.error() is not None:
            raise KafkaException(record.error())
    finally:
        consumer.close()
