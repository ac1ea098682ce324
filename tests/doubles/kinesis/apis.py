"""Both ways to Kinesis against a canned server, for as long as a test needs them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from doubles.source.canned_server import CannedServer
from doubles.source.sqs_apis import KEYS, REGION, Given
from punctuald.clock import ManualClock, SystemClock
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.kinesis.api.api import KinesisApi
from punctuald.source.kinesis.api.boto import BotoKinesisApi
from punctuald.source.kinesis.api.client import make_client, resolve
from punctuald.source.kinesis.api.fast import FastKinesisApi


@asynccontextmanager
async def fast(server: CannedServer, clock: SystemClock | ManualClock | None = None) -> AsyncIterator[KinesisApi]:
    endpoint = resolve(REGION, server.url)
    skew = ClockSkew(clock or SystemClock())
    api = FastKinesisApi(endpoint, Connections(endpoint.server), Given(KEYS), skew)
    try:
        yield api
    finally:
        await api.close()


@asynccontextmanager
async def boto(server: CannedServer) -> AsyncIterator[KinesisApi]:
    api = BotoKinesisApi(make_client(REGION, server.url), ClockSkew(SystemClock()))
    try:
        yield api
    finally:
        await api.close()


Opened = Callable[[CannedServer], AbstractAsyncContextManager[KinesisApi]]
"""`fast` or `boto`."""

BOTH = pytest.mark.parametrize("opened", [fast, boto], ids=["fast", "boto3"])
"""For a test of both."""
