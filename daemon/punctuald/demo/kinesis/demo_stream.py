"""The demo's stream, on an embedded server that has its lease table and its dead-letter queue as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from punctuald.demo.queues import create_queue
from punctuald.demo.sender import Place
from punctuald.demo.servers import REGION, ROTO, EmbeddedServer
from punctuald.source.kinesis.api.client import make_client
from punctuald.source.sqs.names import dead_letter_name

from .open_stream import open_stream
from .stream_sender import StreamSender

SHARDS = 4


@dataclass(frozen=True, slots=True)
class DemoStream:
    """Where the stream is. Its server takes any credentials, so the demo never needs, nor touches, a real account."""

    endpoint_url: str
    name: str = "telemetry"
    service: str = "Kinesis"
    kind: str = "stream"

    @property
    def description(self) -> str:
        """See `DemoSource` in `demo/run.py`."""
        return f"stream {self.name}, {SHARDS} shards"

    @property
    def settings(self) -> Mapping[str, str | int]:
        """See `DemoSource` in `demo/run.py`."""
        return {
            "name": self.name,
            "region": REGION,
            "endpoint_url": self.endpoint_url,
            "dynamodb_endpoint_url": self.endpoint_url,
            "dead_letter_endpoint_url": self.endpoint_url,
            "dead_letter_queue": dead_letter_name(self.name),
        }

    def create(self) -> None:
        """Make it and its dead-letter queue; the daemon makes the lease table."""
        create_stream(self.endpoint_url, self.name, shards=SHARDS)
        create_queue(self.endpoint_url, dead_letter_name(self.name))

    def open(self) -> StreamSender:
        """A sender to it."""
        return open_stream(self.name, Place(REGION, self.endpoint_url))


@contextmanager
def embedded_stream() -> Iterator[DemoStream]:
    """On a server that is there while the with-block runs. Raises `ServerStartError`."""
    with EmbeddedServer(ROTO) as server:
        yield DemoStream(server.endpoint_url)


def create_stream(endpoint_url: str, name: str, *, shards: int) -> None:
    """Make one on an embedded server, which has it at once."""
    make_client(REGION, endpoint_url).create_stream(StreamName=name, ShardCount=shards)
