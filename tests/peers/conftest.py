"""Servers of others, each started when a test first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from peers.servers import kind_of
from punctuald.demo.servers import EmbeddedServer


@pytest.fixture(scope="session")
def endpoint_of() -> Iterator[Callable[[str], str]]:
    """The URL of the SQS server with a name of `servers.NAMES`. Raises `NotToBeHad` where it can't be run here."""
    with ExitStack() as stack:

        @cache
        def started(name: str) -> str:
            return stack.enter_context(EmbeddedServer(kind_of(name))).endpoint_url

        yield started
