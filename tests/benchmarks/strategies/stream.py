"""The same events through Kinesis, on the server that the demo has."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.strategies.partitioned import measured
from benchmarks.strategies.row import Row
from benchmarks.strategies.traffic import Event
from benchmarks.strategies.trickle import MINUTE
from punctuald.demo.kinesis.demo_stream import DemoStream, embedded_stream
from punctuald.demo.sandbox import sandboxed
from punctuald.demo.servers import REGION
from punctuald.source.kinesis.api.client import make_client

NAME = "6b. punctuald, from Kinesis"


def measure(directory: Path, events: Sequence[Event] = MINUTE) -> Row:
    """About as long as the sending takes."""
    with embedded_stream() as stream, sandboxed(stream.endpoint_url):
        stream.create()
        send = partial(_send, make_client(REGION, stream.endpoint_url), stream.name)
        return measured(NAME, directory / "stream", _table(stream), os.environ, send, events)


def _send(client: Any, stream: str, event: Event) -> None:
    client.put_record(StreamName=stream, PartitionKey=str(event.number), Data=event.body().encode())


def _table(stream: DemoStream) -> str:
    """The defaults."""
    return f"""\
[[stream]]
name = "{stream.name}"
region = "{REGION}"
endpoint_url = "{stream.endpoint_url}"
dynamodb_endpoint_url = "{stream.endpoint_url}"
"""
