"""A queue on an embedded SQS server, in real time: what must come is waited for by long poll."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from functools import cache, cached_property

from contract.bench import MOST
from doubles.limited_log import limited_log
from doubles.source.loop_of_its_own import LoopOfItsOwn
from punctuald.clock import SystemClock
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import REGION
from punctuald.model import NO_ATTRIBUTES, Message, Metric
from punctuald.ports import CountRequests, Source
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.credentials.session_credentials import SessionCredentials
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.transport import Transport
from punctuald.source.sqs.client import make_client, resolve
from punctuald.source.sqs.gauge import SqsGauge
from punctuald.source.sqs.names import dead_letter_name
from punctuald.source.sqs.queue import SqsQueue
from punctuald.source.sqs.source import SqsSource
from punctuald.source.sqs.transport.api import SqsApi
from punctuald.source.sqs.transport.boto import BotoApi
from punctuald.source.sqs.transport.fast import FastApi

LONG_WAIT_SECONDS = 5
CLOSED_ENDPOINT = "http://127.0.0.1:9"


@cache
def endpoint_of(endpoint_url: str) -> Endpoint:
    """Asked of botocore once, as a parent does for its workers."""
    return resolve(REGION, endpoint_url)


def open_api(transport: Transport, endpoint_url: str, skew: ClockSkew) -> SqsApi:
    """On the loop that will use it."""
    if transport is Transport.BOTO3:
        client = make_client(REGION, endpoint_url, LONG_WAIT_SECONDS, 4)
        return BotoApi(client, client, polls=4, skew=skew)
    endpoint = endpoint_of(endpoint_url)
    return FastApi(endpoint, Connections(endpoint.server), SessionCredentials(), skew)


async def open_source(transport: Transport, endpoint_url: str, name: str, count: CountRequests) -> Source:
    """The one place that knows how an SQS source is put together; on the loop that will use it."""
    clock = SystemClock()
    skew = ClockSkew(clock)
    return SqsSource(open_api(transport, endpoint_url, skew), name, None, "", count, clock, skew, limited_log(clock))


class SqsBench:
    """A queue with a dead-letter queue that takes a message after five receives."""

    unreachable_code = "EndpointConnectionError"
    reads_by_itself = False

    def __init__(self, runner: asyncio.Runner, endpoint_url: str, transport: Transport, *, ordered: bool) -> None:
        self.runner = runner
        self.requests: Tally[Metric] = Tally()
        self._transport = transport
        self._endpoint_url = endpoint_url
        self._opened: list[Source] = []
        self._gauges_loop = LoopOfItsOwn()
        self._gauges_queue: SqsQueue | None = None
        self._sender = connect(endpoint_url)
        self._url = create_queue(endpoint_url, f"contract-{uuid.uuid4().hex[:8]}", fifo=ordered, dead_letter=5)
        self._name = self._url.rsplit("/", 1)[1]
        self.source: Source = runner.run(self._open(endpoint_url, self._name))

    @cached_property
    def gauge(self) -> SqsGauge:
        clock = SystemClock()
        api = open_api(self._transport, self._endpoint_url, ClockSkew(clock))
        queue = SqsQueue(api, self._name, None, self._count, clock)
        self._gauges_queue = queue
        return SqsGauge(queue, clock, self._gauges_loop.run)

    async def left(self) -> int:
        return self.gauge.read().total

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex} if group else {}
        typed = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
        self._sender.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=typed, **fifo)

    async def receive_after(self, seconds: float) -> Sequence[Message]:
        return await self.source.receive(MOST, seconds + LONG_WAIT_SECONDS, 30)

    async def dead_letters(self) -> Sequence[Message]:
        source = await self._open(self._endpoint_url, dead_letter_name(self._name))
        return await source.receive(MOST, 0, 30)

    async def missing(self) -> Source:
        return await self._open(self._endpoint_url, "nowhere")

    async def unreachable(self) -> Source:
        return await self._open(CLOSED_ENDPOINT, self._name)

    async def close(self) -> None:
        for source in self._opened:
            await source.close()
        if self._gauges_queue is not None:
            self._gauges_loop.run(self._gauges_queue.close())
        self._gauges_loop.close()
        self._sender.close()

    async def _open(self, endpoint_url: str, name: str) -> Source:
        source = await open_source(self._transport, endpoint_url, name, self._count)
        self._opened.append(source)
        return source

    def _count(self, metric: Metric) -> None:
        self.requests[metric] += 1
