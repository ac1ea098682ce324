"""Kinesis for a whole test run: ``from peers.kinesis.fixtures import resharding, roto_servers`` in a conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from peers.kinesis.servers import Place, Servers, servers_or_skip


@pytest.fixture(scope="session")
def resharding(aws_credentials: None) -> Iterator[Servers]:  # noqa: ARG001  # asked for what it sets, not gives
    """Where shards are split and merged as on AWS."""
    with servers_or_skip(Place.RESHARDING) as running:
        yield running


@pytest.fixture(scope="session")
def roto_servers(roto_endpoint: str) -> Servers:
    """Where a load can be carried, and no shard is split."""
    return Servers(Place.ROTO, roto_endpoint, roto_endpoint, roto_endpoint)
