"""The sources that the contract is held against, each with what a test of it needs (see `Bench` in test_source.py)."""

from __future__ import annotations

import uuid
from collections import Counter as Tally
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from punctuald.clock import ManualClock, SystemClock
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.lab.queues import connect, create_queue, dead_letter_name
from punctuald.model import NO_ATTRIBUTES, Counter, Message
from punctuald.source.memory import MemoryBroker, MemoryGauge, MemorySource
from punctuald.source.memory_queue import MemoryQueue
from punctuald.source.port import BacklogGauge, Source
from punctuald.source.sqs import SqsSource
from punctuald.source.sqs_address import resolve
from punctuald.source.sqs_client import make_client
from punctuald.source.sqs_credentials import SessionCredentials
from punctuald.source.sqs_fast import FastClient
from punctuald.source.sqs_gauge import SqsGauge
from punctuald.source.transport import Transport

LONG_WAIT_SECONDS = 5
CLOSED_ENDPOINT = "http://127.0.0.1:9"
KINDS = ["memory", "sqs-boto3", "sqs-fast"]


class MemoryBench:
    """A queue in memory, with time turned by hand."""

    def __init__(self, *, fifo: bool) -> None:
        self.requests: Tally[Counter] = Tally()
        self._clock = ManualClock()
        self._dead = MemoryQueue("dead", self._clock, fifo=fifo)
        self._broker = MemoryBroker(MemoryQueue("orders", self._clock, fifo=fifo, dead_letter_queue=self._dead))
        self.source: Source = MemorySource(self._broker, self._count)
        self.gauge: BacklogGauge = MemoryGauge(self._broker, self._count)

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        self._broker.send(body, group=group, attributes=attributes)

    def dead_letters(self) -> list[Message]:
        return MemorySource(MemoryBroker(self._dead), self._count).receive(10, 0, 30)

    def receive_after_expiry(self, visibility_seconds: int) -> list[Message]:
        self._clock.advance(visibility_seconds)
        return self.source.receive(10, 0, 30)

    def missing(self) -> Source:
        return self._broken(SourceMisconfigured("queue 'nowhere' does not exist", code="QueueDoesNotExist"))

    def unreachable(self) -> Source:
        return self._broken(SourceUnavailable("can't connect", code="EndpointConnectionError"))

    def _broken(self, error: SourceError) -> Source:
        broker = MemoryBroker(MemoryQueue("nowhere", self._clock))
        broker.faults.begin_outage(error)
        return MemorySource(broker, self._count)

    def _count(self, counter: Counter) -> None:
        self.requests[counter] += 1


class SqsBench:
    """A queue on an embedded server, in real time: what must come is waited for by long poll."""

    def __init__(self, endpoint_url: str, transport: Transport, *, fifo: bool) -> None:
        self.requests: Tally[Counter] = Tally()
        self._transport = transport
        self._endpoint_url = endpoint_url
        self._sender = connect(endpoint_url)
        self._url = create_queue(endpoint_url, f"contract-{uuid.uuid4().hex[:8]}", fifo=fifo, dead_letter=5)
        self._name = self._url.rsplit("/", 1)[1]
        self.source: Source = self._source(endpoint_url, self._name)
        self.gauge: BacklogGauge = SqsGauge(
            make_client("us-east-1", endpoint_url, 1, 1), self._name, None, self._count, SystemClock()
        )

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex} if group else {}
        typed = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
        self._sender.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=typed, **fifo)

    def dead_letters(self) -> list[Message]:
        return self._source(self._endpoint_url, dead_letter_name(self._name)).receive(10, 0, 30)

    def receive_after_expiry(self, visibility_seconds: int) -> list[Message]:
        return self.source.receive(10, visibility_seconds + LONG_WAIT_SECONDS, 30)

    def missing(self) -> Source:
        return self._source(self._endpoint_url, "nowhere")

    def unreachable(self) -> Source:
        return self._source(CLOSED_ENDPOINT, self._name)

    def _source(self, endpoint_url: str, name: str) -> Source:
        make = partial(make_client, "us-east-1", endpoint_url, LONG_WAIT_SECONDS, 4)
        client = make() if self._transport is Transport.BOTO3 else self._fast_client(endpoint_url, make)
        return SqsSource(client, name, None, "", self._count, SystemClock())

    def _fast_client(self, endpoint_url: str, make: Callable[[], Any]) -> FastClient:
        address, credentials = resolve("us-east-1", endpoint_url), SessionCredentials()
        return FastClient(address, credentials.current, make, SystemClock(), LONG_WAIT_SECONDS)

    def _count(self, counter: Counter) -> None:
        self.requests[counter] += 1


def _bench(request: pytest.FixtureRequest, *, fifo: bool) -> MemoryBench | SqsBench:
    if request.param == "memory":
        return MemoryBench(fifo=fifo)
    endpoint_url = request.getfixturevalue("moto_endpoint")
    return SqsBench(endpoint_url, Transport(request.param.removeprefix("sqs-")), fifo=fifo)


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest) -> MemoryBench | SqsBench:
    """A fresh standard queue of each kind."""
    return _bench(request, fifo=False)


@pytest.fixture(params=KINDS)
def fifo_bench(request: pytest.FixtureRequest) -> MemoryBench | SqsBench:
    """A fresh FIFO queue of each kind."""
    return _bench(request, fifo=True)
