"""A Kafka for a whole test run: ``from peers.kafka.fixtures import kafka`` in a conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from peers.kafka.server import KafkaServer
from peers.maven import NotToBeHad


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """One that runs, started when a test first asks for it. Whoever stops it starts it again."""
    try:
        server = KafkaServer(tmp_path_factory.mktemp("kafka"))
        server.start()
    except NotToBeHad as missing:
        pytest.skip(f"Apache Kafka: {missing}")
    try:
        yield server
    finally:
        server.kill()
