"""How long a queue is, asked on an event loop that only runs meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from doubles.source.canned_server import CannedServer, reply
from doubles.source.loop_of_its_own import LoopOfItsOwn
from doubles.source.sqs_apis import KEYS, QUEUE_URL, REGION, Given
from punctuald.clock import ManualClock
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Backlog, Metric
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.sqs.client import resolve
from punctuald.source.sqs.gauge import DELAYED, IN_FLIGHT, VISIBLE, SqsGauge
from punctuald.source.sqs.queue import SqsQueue
from punctuald.source.sqs.transport.fast import FastApi

COUNTS = reply({"Attributes": {VISIBLE: "7", IN_FLIGHT: "2", DELAYED: "1"}})


@contextmanager
def gauge(server: CannedServer, requests: list[Metric], url: str | None = QUEUE_URL) -> Iterator[SqsGauge]:
    clock, loop, endpoint = ManualClock(), LoopOfItsOwn(), resolve(REGION, server.url)
    api = FastApi(endpoint, Connections(endpoint.server), Given(KEYS), ClockSkew(clock))
    queue = SqsQueue(api, "orders", url, requests.append, clock)
    try:
        yield SqsGauge(queue, clock, loop.run)
    finally:
        loop.run(queue.close())
        loop.close()


def test_it_reads_the_three_counts_in_one_request_and_looks_the_url_up_once() -> None:
    requests: list[Metric] = []
    with (
        CannedServer(reply({"QueueUrl": QUEUE_URL}), COUNTS, COUNTS) as server,
        gauge(server, requests, None) as orders,
    ):
        assert [orders.read(), orders.read()] == [Backlog(7, 2, 1, ManualClock().mono())] * 2
    assert requests == [Metric.REQUEST_ATTRIBUTES] * 3
    assert [request.headers["x-amz-target"] for request in server.requests] == [
        "AmazonSQS.GetQueueUrl",
        "AmazonSQS.GetQueueAttributes",
        "AmazonSQS.GetQueueAttributes",
    ]
    assert server.connections == [1, 1, 1]


def test_a_connection_that_was_closed_while_the_loop_stood_still_is_replaced() -> None:
    closing = reply({"Attributes": {VISIBLE: "7", IN_FLIGHT: "2", DELAYED: "1"}}, close=True)
    with CannedServer(closing, closing, closing) as server, gauge(server, []) as orders:
        assert [orders.read().total for _ in range(3)] == [10] * 3
    assert server.connections == [1, 2, 3]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({}, SourceUnavailable),
        ({"Attributes": None}, SourceUnavailable),
        ({"Attributes": {}}, SourceUnavailable),
        ({"Attributes": []}, SourceUnavailable),
        ({"Attributes": {VISIBLE: None, IN_FLIGHT: "2", DELAYED: "1"}}, SourceUnavailable),
        ({"Attributes": {VISIBLE: "many", IN_FLIGHT: "2", DELAYED: "1"}}, SourceUnavailable),
        (["Attributes"], SourceUnavailable),
        ({"__type": "QueueDoesNotExist"}, SourceMisconfigured),
    ],
)
def test_what_is_no_count_is_unknown_and_no_defect(answer: Any, kind: type[SourceError]) -> None:
    status = "400 Bad Request" if "__type" in answer else "200 OK"
    with CannedServer(reply(answer, status)) as server, gauge(server, []) as orders, pytest.raises(kind):
        orders.read()
