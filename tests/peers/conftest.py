"""Servers of others, each started when a test first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from peers.kafka.fixtures import kafka  # noqa: F401  # a fixture is known by where its name is
from peers.kinesis.fixtures import resharding, roto_servers  # noqa: F401  # the same
from peers.programs.maven import NotToBeHad
from peers.servers import kind_of
from punctuald.demo.servers import EmbeddedServer


@pytest.fixture(scope="session")
def endpoint_of() -> Iterator[Callable[[str], str]]:
    """The URL of the SQS server with a name of `servers.NAMES`. Raises `NotToBeHad` where it can't be run here."""
    with ExitStack() as stack:

        @cache
        def started(name: str) -> str | NotToBeHad:
            try:
                return stack.enter_context(EmbeddedServer(kind_of(name))).endpoint_url
            except NotToBeHad as missing:
                return missing  # remembered like a success: fetching in vain takes minutes

        def endpoint(name: str) -> str:
            found = started(name)
            if isinstance(found, NotToBeHad):
                raise found
            return found

        yield endpoint
