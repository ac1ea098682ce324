"""The canned server can be far away, and speak TLS: what a client needs for it is in its environment."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.canned.server import CannedServer, canned_server
from benchmarks.canned.wire import Wire, make_authority
from punctuald.demo.queues import connect

ANY_CORE = min(os.sched_getaffinity(0))
FAR = Wire(latency_seconds=0.2)


def receive(client: Any, server: CannedServer) -> int:
    return len(client.receive_message(QueueUrl=server.queue_url, MaxNumberOfMessages=10).get("Messages", []))


def test_a_client_with_the_authority_in_its_environment_is_served_over_tls(
    aws_credentials: None,  # noqa: ARG001  # asked for what it sets, not gives
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    wire = Wire(authority=make_authority(tmp_path))
    for name, value in wire.environ.items():
        monkeypatch.setenv(name, value)
    with canned_server("raw", ANY_CORE, wire) as server:
        server.allow(10)

        assert server.endpoint_url.startswith("https://")
        assert receive(connect(server.endpoint_url), server) == 10


def test_calls_at_the_same_time_wait_at_the_same_time(aws_credentials: None) -> None:  # noqa: ARG001
    with canned_server("raw", ANY_CORE, FAR) as server, ThreadPoolExecutor(8) as threads:
        server.allow(80)
        client = connect(server.endpoint_url)
        begin = time.monotonic()
        received = sum(threads.map(lambda _: receive(client, server), range(8)))
        seconds = time.monotonic() - begin

    assert received == 80
    assert FAR.latency_seconds <= seconds < 8 * FAR.latency_seconds


def test_a_plain_wire_needs_nothing_in_the_environment() -> None:
    assert Wire().environ == {}
