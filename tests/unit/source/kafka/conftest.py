"""A mock cluster for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from doubles.kafka.mock_process import MockKafka, mock_kafka


@pytest.fixture(scope="session")
def mock() -> Iterator[MockKafka]:
    """Each test has topics of its own."""
    with mock_kafka() as running:
        yield running
