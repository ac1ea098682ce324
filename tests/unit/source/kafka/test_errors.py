"""librdkafka's errors as ours: whether to wait, or what a person has to mend, in one line."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.kafka.librdkafka.errors import construction_error, to_source_error
from punctuald.source.kafka.topic import KafkaTopic

TOPIC = KafkaTopic("orders", "orders.v1", "broker:9092", "billing")


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (KafkaError._TRANSPORT, SourceUnavailable, "gone"),
        (KafkaError._ALL_BROKERS_DOWN, SourceUnavailable, "gone"),
        (KafkaError.NOT_COORDINATOR, SourceUnavailable, "gone"),
        (KafkaError._FATAL, SourceUnavailable, "gone"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, SourceMissing, "there is no such topic"),
        (KafkaError._AUTHENTICATION, SourceMisconfigured, "the login is refused: gone"),
        (KafkaError._SSL, SourceMisconfigured, "no TLS with these brokers: gone"),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, SourceMisconfigured, "access is denied: gone"),
        (KafkaError.INCONSISTENT_GROUP_PROTOCOL, SourceMisconfigured, "group 'billing'"),
    ],
)
def test_an_error_says_which_topic_where_and_what_to_do(code: int, kind: type[SourceError], says: str) -> None:
    error = to_source_error(KafkaError(code, "gone"), TOPIC)
    assert isinstance(error, kind)
    assert str(error).startswith("topic 'orders.v1' at broker:9092: ")
    assert says in str(error)
    assert "\n" not in str(error)


def test_properties_that_the_library_refuses_are_for_a_person_to_mend() -> None:
    error = construction_error(ValueError('No such configuration property: "sasl.pasword"'), TOPIC)
    assert str(error) == ("topic 'orders.v1': [topic.client]: No such configuration property: \"sasl.pasword\"")


def test_brokers_that_are_back_are_found_within_a_second_or_so() -> None:
    error = to_source_error(KafkaError(KafkaError._TRANSPORT), TOPIC)
    assert isinstance(error, SourceUnavailable)
    assert error.longest_back_off_seconds <= 1.0
