"""The demo's, under the name that tests know."""

from punctuald.demo.kafka.embedded_kafka import MockKafka, mock_kafka

__all__ = ["MockKafka", "mock_kafka"]
