"""A Kafka for a whole test run: ``from peers.kafka.fixtures import kafka`` in a conftest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from peers.kafka.server import KafkaServer
from peers.programs.maven import NotToBeHad


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """One that runs, started when a test first asks for it. Whoever stops it starts it again."""
    with server_or_skip(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@contextmanager
def server_or_skip(directory: Path, extra: Mapping[str, str] | None = None) -> Iterator[KafkaServer]:
    """One that runs, of its own; what asks for it is skipped where there is none to be had."""
    try:
        with KafkaServer(directory, extra) as server:
            yield server
    except NotToBeHad as missing:
        pytest.skip(f"Apache Kafka: {missing}")
