"""librdkafka's errors as ours: whether to wait, or what a person has to mend, in one line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from confluent_kafka import KafkaError

from doubles.limited_log import limited_log
from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.client_log import ClientLog
from punctuald.source.kafka.errors import to_source_error
from punctuald.source.kafka.group.client import KafkaClient
from punctuald.source.kafka.group.owner import Nobody
from punctuald.source.kafka.topic import CONSUMER, KafkaTopic

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


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"sasl.pasword": "x"}, 'No such configuration property: "sasl.pasword"'),
        ({"security.protocol": "SASL"}, "Invalid value"),
        ({"security.protocol": "SSL", "ssl.ca.location": "/no/where.pem"}, '"ssl.ca.location": /no/where.pem: No such'),
    ],
)
def test_properties_that_the_library_refuses_are_for_a_person_to_mend(properties: dict[str, str], says: str) -> None:
    topic = replace(TOPIC, properties=properties)
    log = ClientLog("orders", limited_log())
    with pytest.raises(SourceMisconfigured) as raised:
        KafkaClient(topic, CONSUMER, Nobody(), BrokerHealth(topic), log)
    assert str(raised.value).startswith("topic 'orders.v1': [topic.client]: ")
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_brokers_that_are_back_are_found_within_a_second_or_so() -> None:
    error = to_source_error(KafkaError(KafkaError._TRANSPORT), TOPIC)
    assert isinstance(error, SourceUnavailable)
    assert error.longest_back_off_seconds <= 1.0
