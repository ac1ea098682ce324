"""Transport: the CPU time that a receive and a deletion of ten messages cost us, over boto3 and over the fast one.

All through `SqsSource`, messages built and their MD5 checked, against the canned server on a core of its own, in short
turns: boto3 on its threads, the fast transport on uvloop and on asyncio's own loop; plain and over TLS. One call at a
time pays for all of the loop's turns; eight at once, as a worker has them under load, share them.

Other programs make CPU time grow as well (caches, clock rate): the least of many turns is what it costs undisturbed,
the median is what it cost here. So the fast one is also told as a ratio to what no client can do without, in the same
rounds: the same bytes sent and read on one bare socket (the floor).
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import orjson
import pytest
import uvloop

from benchmarks.canned.server import CannedServer, canned_server
from benchmarks.canned.wire import PLAIN, Wire, make_authority
from benchmarks.figures import Figure, Result
from doubles.limited_log import limited_log
from punctuald.clock import SystemClock
from punctuald.demo.servers import REGION, TEST_CREDENTIALS
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.credentials.session_credentials import SessionCredentials
from punctuald.source.aws.http import read_whole
from punctuald.source.aws.signed_json.protocol import JsonRequests
from punctuald.source.aws.signed_json.sigv4 import Credentials, Signer
from punctuald.source.sqs.client import make_client, resolve
from punctuald.source.sqs.message import SYSTEM_ATTRIBUTES
from punctuald.source.sqs.source import SqsSource
from punctuald.source.sqs.transport.api import SqsApi
from punctuald.source.sqs.transport.boto import BotoApi
from punctuald.source.sqs.transport.fast import PROTOCOL, FastApi

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[-1], CORES[0]
ENDLESS = 10**9
BATCH = 10
WAIT_SECONDS = 20
VISIBILITY_SECONDS = 30
ROUNDS = 60
TOGETHER = "eight at once, uvloop"
PAIRS: Mapping[str, int] = {"floor": 50, "boto3": 10, "fast on uvloop": 50, TOGETHER: 80, "fast on asyncio": 50}
"""In each turn; below a millisecond the clock's steps would show."""

GOAL_MICROSECONDS = 150.0

NewLoop = Callable[[], asyncio.AbstractEventLoop]
Costs = Mapping[str, list[float]]


class Contestant(Protocol):
    """Somebody who receives and deletes."""

    def run(self, pairs: int) -> None:
        """Receive ten and delete ten, so often."""

    def close(self) -> None:
        """Let go of connections and threads."""


def run(directory: Path) -> Result:
    """About 25 seconds."""
    authority = make_authority(directory)
    figures: list[Figure] = []
    costs: dict[str, Costs] = {}
    for name, wire in (("plain", PLAIN), ("TLS", Wire(authority=authority))):
        with _prepared(wire) as server:
            costs[name] = _measure(server)
        figures += _figures(name, costs[name])
    return Result("transport", figures, {"microseconds": costs})


def _figures(wire: str, costs: Costs) -> list[Figure]:
    figures = []
    for name, values in costs.items():
        goal = GOAL_MICROSECONDS if (wire, name) == ("plain", "fast on uvloop") else None
        figures.append(Figure(f"{wire}: {name}, least", min(values), "us", goal))
        figures.append(Figure(f"{wire}: {name}, median", median(values), "us"))
    fast = costs["fast on uvloop"]
    for other in ("boto3", "fast on asyncio", TOGETHER):
        ratios = [theirs / ours for theirs, ours in zip(costs[other], fast, strict=True)]
        figures.append(Figure(f"{wire}: {other} / fast on uvloop, by rounds", median(ratios)))
    ratios = [ours / floor for ours, floor in zip(fast, costs["floor"], strict=True)]
    figures.append(Figure(f"{wire}: fast on uvloop / floor, by rounds", median(ratios)))
    return figures


@contextmanager
def _prepared(wire: Wire) -> Iterator[CannedServer]:
    """A server, and an environment that can speak to it."""
    with ExitStack() as stack:
        server = stack.enter_context(canned_server("raw", SERVER_CORE, wire))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in {**TEST_CREDENTIALS, **wire.environ}.items():
            patch.setenv(name, value)
        os.sched_setaffinity(0, {CLIENT_CORE})
        stack.callback(os.sched_setaffinity, 0, CORES)
        server.allow(ENDLESS)
        yield server


def _measure(server: CannedServer) -> Costs:
    """Microseconds of CPU for a receive and a deletion, by contestant, round after round."""
    contestants: dict[str, Contestant] = {
        "floor": Floor(server),
        "boto3": OnALoop(uvloop.new_event_loop, lambda: _boto3(server), server),
        "fast on uvloop": OnALoop(uvloop.new_event_loop, lambda: _fast(server), server),
        TOGETHER: OnALoop(uvloop.new_event_loop, lambda: _fast(server), server, together=8),
        "fast on asyncio": OnALoop(asyncio.SelectorEventLoop, lambda: _fast(server), server),
    }
    costs: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(ROUNDS + 1):
        for name, contestant in contestants.items():
            cost = _cost(contestant, PAIRS[name])
            if number:  # the first round warms up
                costs[name].append(cost)
    for contestant in contestants.values():
        contestant.close()
    return costs


def _cost(contestant: Contestant, pairs: int) -> float:
    before = time.process_time()  # of all threads: boto3 has some
    contestant.run(pairs)
    return (time.process_time() - before) / pairs * 1e6


def _boto3(server: CannedServer) -> SqsApi:
    client = make_client(REGION, server.endpoint_url, WAIT_SECONDS, 1)
    return BotoApi(client, client, polls=1, skew=ClockSkew(SystemClock()))


def _fast(server: CannedServer) -> SqsApi:
    endpoint = resolve(REGION, server.endpoint_url)
    return FastApi(endpoint, Connections(endpoint.server), SessionCredentials(), ClockSkew(SystemClock()))


class OnALoop:
    """A source over one transport, on a loop of its own kind."""

    def __init__(
        self, new_loop: NewLoop, make_api: Callable[[], SqsApi], server: CannedServer, together: int = 1
    ) -> None:
        self._together = together
        self._runner = asyncio.Runner(loop_factory=new_loop)
        clock = SystemClock()
        self._source = SqsSource(
            make_api(), "bench", server.queue_url, "", lambda _: None, clock, ClockSkew(clock), limited_log(clock)
        )

    def run(self, pairs: int) -> None:
        """See `Contestant.run`."""
        self._runner.run(self._run(pairs))

    def close(self) -> None:
        """See `Contestant.close`."""
        self._runner.run(self._source.close())
        self._runner.close()

    async def _run(self, pairs: int) -> None:
        await asyncio.gather(*[self._take(pairs // self._together) for _ in range(self._together)])

    async def _take(self, pairs: int) -> None:
        for _ in range(pairs):
            messages = await self._source.receive(BATCH, WAIT_SECONDS, VISIBILITY_SECONDS)
            if len(messages) != BATCH or await self._source.acknowledge(messages):
                raise RuntimeError("the canned server did not do what was asked")


class Floor:
    """The same requests, made once, on one blocking socket; answers are read and not looked into."""

    def __init__(self, server: CannedServer) -> None:
        endpoint = resolve(REGION, server.endpoint_url)
        host, port, tls = endpoint.server.host, endpoint.server.port, endpoint.server.tls
        plain = socket.create_connection((host, port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket: socket.socket | ssl.SSLSocket = plain
        if tls is not None:
            self._socket = tls.wrap_socket(plain, server_hostname=host)
        self._requests = JsonRequests(endpoint.host_header, PROTOCOL, "floor", Signer(REGION, "sqs"))
        receive = {
            "MaxNumberOfMessages": BATCH,
            "WaitTimeSeconds": WAIT_SECONDS,
            "VisibilityTimeout": VISIBILITY_SECONDS,
            "MessageSystemAttributeNames": SYSTEM_ATTRIBUTES,
            "MessageAttributeNames": ["All"],
            "QueueUrl": server.queue_url,
        }
        self._receive = self._request("ReceiveMessage", receive)
        handles = [message["ReceiptHandle"] for message in orjson.loads(self._ask(self._receive))["Messages"]]
        entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(handles)]
        self._delete = self._request("DeleteMessageBatch", {"QueueUrl": server.queue_url, "Entries": entries})

    def run(self, pairs: int) -> None:
        """See `Contestant.run`."""
        for _ in range(pairs):
            self._ask(self._receive)
            self._ask(self._delete)

    def close(self) -> None:
        """See `Contestant.close`."""
        self._socket.close()

    def _request(self, operation: str, parameters: Mapping[str, Any]) -> bytes:
        keys = Credentials(TEST_CREDENTIALS["AWS_ACCESS_KEY_ID"], TEST_CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
        return self._requests.write(operation, orjson.dumps(parameters), keys, time.time())

    def _ask(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        data = self._socket.recv(65_536)
        while (answer := read_whole(data)) is None:
            data += self._socket.recv(65_536)
        return answer.body
