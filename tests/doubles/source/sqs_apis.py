"""Both transports of SQS against a canned server, for as long as a test needs them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import pytest

from doubles.limited_log import limited_log
from doubles.source.canned_server import CannedServer
from punctuald.clock import ManualClock, SystemClock
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Message
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.json_api import CredentialsProvider
from punctuald.source.aws.signed_json.sigv4 import Credentials
from punctuald.source.sqs.client import make_client, resolve
from punctuald.source.sqs.source import SqsSource
from punctuald.source.sqs.transport.api import SqsApi
from punctuald.source.sqs.transport.boto import BotoApi
from punctuald.source.sqs.transport.fast import FastApi

REGION = "eu-west-1"
QUEUE_URL = "https://sqs.example/orders"
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TOKEN = "the/token=="  # noqa: S105 - nobody's
QUERY_ERROR = "AWS.SimpleQueueService.NonExistentQueue;Sender"


class HasUrl(Protocol):
    """A server."""

    @property
    def url(self) -> str: ...


class Given:
    """Credentials that nobody looks up."""

    def __init__(self, keys: Credentials) -> None:
        self._keys = keys

    async def current(self) -> Credentials:
        return self._keys


@asynccontextmanager
async def fast(
    server: HasUrl,
    keys: Credentials = KEYS,
    clock: SystemClock | ManualClock | None = None,
    provider: CredentialsProvider | None = None,
) -> AsyncIterator[FastApi]:
    endpoint = resolve(REGION, server.url)
    skew = ClockSkew(clock or SystemClock())
    api = FastApi(endpoint, Connections(endpoint.server), provider or Given(keys), skew)
    try:
        yield api
    finally:
        await api.close()


@asynccontextmanager
async def boto(server: HasUrl, credentials: BotoCredentials | None = None) -> AsyncIterator[BotoApi]:
    polling = make_client(REGION, server.url, 0, 1, credentials)
    settling = make_client(REGION, server.url, None, 1, credentials)
    api = BotoApi(polling, settling, 1, ClockSkew(SystemClock()))
    try:
        yield api
    finally:
        await api.close()


Opened = Callable[[CannedServer], AbstractAsyncContextManager[SqsApi]]
"""`fast` or `boto`."""


def source(api: SqsApi, url: str = QUEUE_URL, dead_letter_queue: str = "") -> SqsSource:
    clock = SystemClock()
    return SqsSource(api, "orders", url, dead_letter_queue, lambda _: None, clock, ClockSkew(clock), limited_log(clock))


async def received(server: CannedServer, times: int = 1) -> list[list[Message]]:
    """What so many receives bring, one after another."""
    async with fast(server) as api:
        return [list(await source(api).receive(10, 0, 30)) for _ in range(times)]


async def error_of(api: SqsApi) -> SourceError:
    """What a receive raises."""
    with pytest.raises((SourceUnavailable, SourceMisconfigured)) as raised:
        await source(api).receive(10, 0, 30)
    return raised.value


async def errors_of_both(server: HasUrl) -> tuple[Any, Any]:
    """Of the fast transport and of boto3."""
    async with fast(server) as ours, boto(server) as theirs:
        return await error_of(ours), await error_of(theirs)


BOTH = pytest.mark.parametrize("opened", [fast, boto], ids=["fast", "boto3"])
"""For a test of both transports."""


def use_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What boto3 signs with."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def wire(body: str = "hello", **fields: Any) -> dict[str, Any]:
    """A message as SQS sends it."""
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return {"MessageId": "m1", "ReceiptHandle": "r1", "Body": body, "MD5OfBody": digest, "Attributes": {}, **fields}
