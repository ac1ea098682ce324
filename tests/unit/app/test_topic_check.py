"""`punctuald check --connect` on topics: on brokers that answer little, and on none. Real ones: tests/peers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, libversion

from punctuald.app.sources.topic_check import TopicCheck, check_topics
from punctuald.config import PoolSettings, Settings, TopicSettings
from punctuald.config.sources.client import SecretSettings
from punctuald.demo.kafka.embedded_kafka import MockKafka, mock_kafka
from punctuald.demo.kafka.mock_cluster import Api

LIBRDKAFKA_2_16 = 0x02_10_00_00


@pytest.fixture
def mock() -> Iterator[MockKafka]:
    with mock_kafka({"events": 3, "events.dead": 1}) as running:
        yield running


def checked(*topics: TopicSettings, workers: int = 3) -> list[TopicCheck]:
    settings = Settings(topics=topics, pool=PoolSettings(max_workers=workers))
    return check_topics(settings, Path("config.toml"), {})


def topic(brokers: str, name: str = "events", **more: object) -> TopicSettings:
    return TopicSettings.model_validate({"name": name, "brokers": brokers, "handler": "shop:handle", **more})


def test_a_topic_that_is_there_has_no_problem_whatever_else_its_brokers_can_not_answer(mock: MockKafka) -> None:
    [check] = checked(topic(mock.bootstrap, dead_letter_topic="events.dead"))
    assert (check.problems, check.advice) == ((), ())
    assert check.facts is not None
    assert (check.facts.partitions, check.facts.protocol) == (3, "")


def test_more_workers_than_partitions_are_a_warning(mock: MockKafka) -> None:
    [check] = checked(topic(mock.bootstrap), workers=4)
    assert check.advice[0].startswith("3 partitions for up to 4 workers")


def test_a_topic_or_a_dead_letter_topic_that_is_not_there_is_a_problem_and_is_not_made(mock: MockKafka) -> None:
    for _ in range(2):
        missing, without = checked(
            topic(mock.bootstrap, "nowhere"), topic(mock.bootstrap, dead_letter_topic="events.deed")
        )
        [problem] = missing.problems
        assert problem.startswith(f"topic 'nowhere' at {mock.bootstrap}: there is no such topic")
        assert without.problems[0].startswith("its dead-letter topic 'events.deed' does not exist")


@pytest.mark.skipif(libversion()[1] < LIBRDKAFKA_2_16, reason="an older mock broker denies nobody its metadata")
def test_access_that_is_denied_is_a_problem(mock: MockKafka) -> None:
    mock.push_request_errors(Api.METADATA, *[KafkaError.TOPIC_AUTHORIZATION_FAILED] * 50)
    [check] = checked(topic(mock.bootstrap))
    assert "access is denied" in check.problems[0]


def test_brokers_that_are_not_there_are_a_problem_of_their_topics_only(mock: MockKafka) -> None:
    away, there = checked(topic("127.0.0.1:9", "away"), topic(mock.bootstrap))
    assert "Connection refused" in away.problems[0]
    assert there.problems == ()


def test_a_secret_that_is_missing_and_a_property_that_is_none_are_problems() -> None:
    secret, wrong = checked(
        topic("127.0.0.1:9", "a", client={"sasl.password": SecretSettings(env="NOPE")}),
        topic("127.0.0.1:9", "b", client={"no.such": 1}),
    )
    assert "the environment has no NOPE" in secret.problems[0]
    assert 'No such configuration property: "no.such"' in wrong.problems[0]
