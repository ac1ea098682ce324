"""Transport: the CPU time that a receive and a deletion of ten messages cost us, over boto3 and over the fast one.

Both through `SqsSource`, messages built and their MD5 checked, against the canned server on a core of its own, in
short turns. Other programs make CPU time grow as well (caches, clock rate): the least of many turns is what it costs
undisturbed, the median is what it cost here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from benchmarks.canned.server import CannedServer, canned_server
from benchmarks.figures import Figure, Result
from punctuald.clock import SystemClock
from punctuald.lab.servers import REGION, TEST_CREDENTIALS
from punctuald.source.sqs import SqsSource
from punctuald.source.sqs_address import resolve
from punctuald.source.sqs_client import make_client
from punctuald.source.sqs_credentials import SessionCredentials
from punctuald.source.sqs_fast import FastClient

SERVER_CORE = max(os.sched_getaffinity(0))
ENDLESS = 10**9
BATCH = 10
WAIT_SECONDS = 20
VISIBILITY_SECONDS = 30
ROUNDS = 60
PAIRS: Mapping[str, int] = {"boto3": 10, "fast": 50}  # in each turn; below a millisecond the clock's steps would show
GOAL_MICROSECONDS = 200.0


def run(_directory: Path) -> Result:
    """About 8 seconds."""
    with canned_server("raw", SERVER_CORE) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in TEST_CREDENTIALS.items():
            patch.setenv(name, value)
        server.allow(ENDLESS)
        costs = _measure(server)
    (boto3, boto3_median), (fast, fast_median) = ((min(costs[name]), median(costs[name])) for name in PAIRS)
    figures = [
        Figure("boto3, least", boto3, "us"),
        Figure("boto3, median", boto3_median, "us"),
        Figure("fast, least", fast, "us", GOAL_MICROSECONDS),
        Figure("fast, median", fast_median, "us"),
        Figure("boto3 / fast, least", boto3 / fast),
        Figure("boto3 / fast, median", boto3_median / fast_median),
    ]
    return Result("transport", figures, {"microseconds": costs})


def _measure(server: CannedServer) -> dict[str, list[float]]:
    """Microseconds of CPU for a receive and a deletion, by transport, round after round."""
    clients = {"boto3": _boto3(server), "fast": _fast(server)}
    costs: dict[str, list[float]] = {name: [] for name in clients}
    for number in range(ROUNDS + 1):
        for name, client in clients.items():
            cost = _cost(SqsSource(client, "bench", server.queue_url, "", lambda _: None, SystemClock()), PAIRS[name])
            if number:  # the first round warms up
                costs[name].append(cost)
    for client in clients.values():
        client.close()
    return costs


def _cost(source: SqsSource, pairs: int) -> float:
    before = time.process_time()
    for _ in range(pairs):
        messages = source.receive(BATCH, WAIT_SECONDS, VISIBILITY_SECONDS)
        if len(messages) != BATCH or source.acknowledge(messages):
            raise RuntimeError("the canned server did not do what was asked")
    return (time.process_time() - before) / pairs * 1e6


def _boto3(server: CannedServer) -> Any:
    return make_client(REGION, server.endpoint_url, WAIT_SECONDS, 1)


def _fast(server: CannedServer) -> FastClient:
    address, credentials = resolve(REGION, server.endpoint_url), SessionCredentials()
    return FastClient(address, credentials.current, partial(_boto3, server), SystemClock(), WAIT_SECONDS)
