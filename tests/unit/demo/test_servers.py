"""Embedded servers start, answer, and are surely gone afterwards."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from punctuald.clock import SystemClock
from punctuald.demo import tethered
from punctuald.demo.queues import CREDENTIALS, connect, create_queue
from punctuald.demo.servers import KINDS, LOOPBACK, REGION, ROTO, EmbeddedServer, Kind, ServerStartError
from punctuald.source.sqs.names import dead_letter_name, queue_name


@pytest.mark.parametrize("name", list(KINDS))
def test_each_kind_starts_answers_and_stops(name: str) -> None:
    with EmbeddedServer(KINDS[name]) as server:
        url = create_queue(server.endpoint_url, "orders", fifo=True, dead_letter=3)
        queues = connect(server.endpoint_url).list_queues()["QueueUrls"]
        address = server.endpoint_url
    assert url.endswith("/orders.fifo")
    assert sorted(queue.rsplit("/", 1)[1] for queue in queues) == ["orders-dlq.fifo", "orders.fifo"]
    assert _connection_refused(address)


def test_roto_serves_streams_tables_and_queues_on_the_loopback_alone_until_it_is_stopped() -> None:
    with EmbeddedServer(ROTO) as server:
        address = server.endpoint_url
        kinesis, dynamodb, sqs = (_client(service, address) for service in ("kinesis", "dynamodb", "sqs"))
        kinesis.create_stream(StreamName="telemetry", ShardCount=4)
        assert len(kinesis.list_shards(StreamName="telemetry")["Shards"]) == 4
        assert dynamodb.list_tables()["TableNames"] == []
        assert sqs.create_queue(QueueName="orders")["QueueUrl"].endswith("/orders")
        assert _listening_on(int(address.rsplit(":", 1)[1])) == {LOOPBACK}
    assert _connection_refused(address)


def test_a_program_that_is_not_installed_is_told_with_the_extra_that_brings_it() -> None:
    with pytest.raises(ServerStartError, match=r"^no-such-program is not installed: the extra demo brings it$"):
        EmbeddedServer(Kind(program="no-such-program", extra="demo")).start()


def test_a_server_that_ends_at_once_is_told(tmp_path: Path) -> None:
    log_path = tmp_path / "server.log"
    with pytest.raises(ServerStartError, match="no_such_module"):
        EmbeddedServer(Kind("no_such_module"), log_path).start()
    assert "no_such_module" in log_path.read_text()


@pytest.mark.parametrize("what", ["'http.server'", "'--exec', sys.executable, '-u', '-m', 'http.server'"])
def test_a_tethered_process_dies_when_its_parent_is_killed(what: str) -> None:
    script = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-u', '-P', {tethered.__file__!r}, str(os.getpid()), {what},"
        " '--bind', '127.0.0.1', '0'], stderr=subprocess.DEVNULL)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert b"Serving" in _first_bytes(parent.stdout.fileno())
        parent.send_signal(signal.SIGKILL)
        # the grandchild holds the pipe's other end: its end of file is its death
        assert _ends_within(parent.stdout.fileno(), seconds=10)


def test_names_get_the_suffixes_of_sqs() -> None:
    assert (queue_name("a", fifo=True), queue_name("a.fifo", fifo=True)) == ("a.fifo", "a.fifo")
    assert (dead_letter_name("a"), dead_letter_name("a.fifo")) == ("a-dlq", "a-dlq.fifo")


def _client(service: str, endpoint_url: str) -> Any:
    return boto3.client(service, endpoint_url=endpoint_url, region_name=REGION, **CREDENTIALS)


def _listening_on(port: int) -> set[str]:
    """The addresses that this machine's processes listen at with that port."""
    return {each.laddr.ip for each in psutil.net_connections("tcp") if each.laddr.port == port and not each.raddr}


def _connection_refused(endpoint_url: str) -> bool:
    host, port = endpoint_url.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) != 0


def _first_bytes(descriptor: int) -> bytes:
    return os.read(descriptor, 200)


def _ends_within(descriptor: int, *, seconds: float) -> bool:
    until_mono = SystemClock().mono() + seconds
    while (left := until_mono - SystemClock().mono()) > 0:
        if select.select([descriptor], [], [], left)[0] and not os.read(descriptor, 4096):
            return True
    return False
