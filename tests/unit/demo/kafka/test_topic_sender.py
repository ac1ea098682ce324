"""What is sent to a topic arrives as it should, or it is said which did not and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError
from confluent_kafka import Message as RawRecord

from punctuald.clock import ManualClock
from punctuald.demo.kafka.embedded_kafka import MockKafka, mock_kafka
from punctuald.demo.kafka.mock_cluster import Api
from punctuald.demo.kafka.topic_sender import open_topic
from punctuald.demo.telemetry import TelemetryEvent, TelemetryFeed
from punctuald.errors import SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.kafka.topic import KafkaTopic

READ_SECONDS = 20.0
SHORTER = {"message.timeout.ms": 3_000}


@pytest.fixture(scope="module")
def mock() -> Iterator[MockKafka]:
    with mock_kafka() as running:
        yield running


@pytest.fixture
def topic(mock: MockKafka, request: pytest.FixtureRequest) -> KafkaTopic:
    name = request.node.name[:200]
    mock.create_topic(name, 4)
    return KafkaTopic(name, name, mock.bootstrap, group="")


def events(count: int) -> list[TelemetryEvent]:
    feed = TelemetryFeed(seed=1)
    return [feed.next_event() for _ in range(count)]


def read(topic: KafkaTopic, count: int) -> list[RawRecord]:
    wanted = {"group.id": topic.topic, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 20}
    consumer = Consumer({**wanted, "bootstrap.servers": topic.brokers})
    consumer.subscribe([topic.topic])
    try:
        return consumer.consume(count, READ_SECONDS)
    finally:
        consumer.close()


def test_each_event_is_there_and_a_devices_events_are_in_one_partition(topic: KafkaTopic) -> None:
    sent = events(60)
    receipt = open_topic(topic).send(sent)
    assert (receipt.sent_ids, receipt.unsent, receipt.refusal) == (tuple(event.id for event in sent), 0, "")
    records = read(topic, 60)
    assert {record.value() for record in records} == {event.body().encode() for event in sent}
    assert all(record.headers() is None for record in records)
    places = {(record.key(), record.partition()) for record in records}
    assert {key for key, _ in places} == {event.device_id.encode() for event in sent}
    assert len(places) == len({key for key, _ in places})


def test_the_tier_and_the_due_time_go_along_as_headers(topic: KafkaTopic) -> None:
    clock = ManualClock()
    open_topic(topic, tier="peak_hours", delay_seconds=40, clock=clock).send(events(1))
    [record] = read(topic, 1)
    due = f"{clock.utc() + 40:.3f}".encode()
    assert record.headers() == [("sla_tier", b"peak_hours"), ("not_before", due)]


def test_an_event_that_the_brokers_refuse_is_counted_and_named(topic: KafkaTopic, mock: MockKafka) -> None:
    sender = open_topic(topic)
    mock.push_request_errors(Api.PRODUCE, KafkaError.MSG_SIZE_TOO_LARGE)
    receipt = sender.send(events(1))
    assert (receipt.sent_ids, receipt.unsent) == ((), 1)
    assert receipt.refusal.startswith("MSG_SIZE_TOO_LARGE: ")
    assert sender.send(events(1)).unsent == 0


def test_a_topic_that_is_not_there_is_said_and_is_not_there_afterwards(mock: MockKafka) -> None:
    nowhere = KafkaTopic("nowhere", "nowhere", mock.bootstrap, group="")
    for _ in range(2):
        with pytest.raises(SourceMissing, match=r"topic 'nowhere' at .*: there is no such topic"):
            open_topic(nowhere)


def test_a_property_that_does_not_exist_is_said(topic: KafkaTopic) -> None:
    wrong = KafkaTopic(topic.name, topic.topic, topic.brokers, group="", properties={"linger": 5})
    with pytest.raises(SourceMisconfigured, match='No such configuration property: "linger"'):
        open_topic(wrong)


def test_brokers_that_are_not_there_are_said() -> None:
    with pytest.raises(SourceUnavailable, match=r"topic 'a' at 127\.0\.0\.1:9: .*Connection refused"):
        open_topic(KafkaTopic("a", "a", "127.0.0.1:9", group=""))


def test_brokers_that_go_away_end_the_sending() -> None:
    with mock_kafka({"events": 1}) as mock:
        sender = open_topic(KafkaTopic("events", "events", mock.bootstrap, group="", properties=SHORTER))
        assert sender.send(events(3)).unsent == 0
        mock.broker_down()
        with pytest.raises(SourceUnavailable, match="topic 'events' at"):
            sender.send(events(3))
