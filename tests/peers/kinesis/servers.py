"""Kinesis and DynamoDB as test servers give them, each a process of its own on 127.0.0.1, and what each is true about.

- `Place.RESHARDING`: kinesis-local, the only one that splits and merges as AWS does (ChildShards, parents that end),
  with ministack as DynamoDB and SQS. Slow: some 700 entries of PutRecords a second, and it keeps in memory all that it
  was ever given.
- `Place.ROTO`: all three in one process of 20 MB, and fast. A split parent has no ChildShards there, so that a KCL
  worker never ends it.
- `Place.MINISTACK`: all three, and the fastest. A split parent's records can't be read there any more.

None of them has the limits of AWS (5 reads a second and 2 MB a second of a shard).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from peers.programs.maven import NotToBeHad
from peers.programs.npm import fetched_package
from peers.programs.ports import free_ports
from punctuald.demo.servers import MINISTACK, ROTO, EmbeddedServer, Kind, installed

KINESIS_LOCAL = ("kinesis-local", "0.6.2")
ONLY_LOOPBACK = Path(__file__).with_name("loopback.js")
CHANGE_DURATION = "100ms"


class Place(StrEnum):
    """Where a test is run; see above."""

    RESHARDING = "kinesis-local and ministack"
    ROTO = "roto"
    MINISTACK = "ministack"


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they listen, by service."""

    place: Place
    kinesis_url: str
    dynamodb_url: str
    sqs_url: str


@contextmanager
def servers(place: Place) -> Iterator[Servers]:
    """Running as long as the context lasts. Raises `NotToBeHad`, or `ServerStartError`."""
    with ExitStack() as stack:
        if place is Place.RESHARDING:
            kinesis_url = stack.enter_context(EmbeddedServer(_kinesis_local())).endpoint_url
            rest_url = stack.enter_context(EmbeddedServer(MINISTACK)).endpoint_url
        else:
            kind = _roto() if place is Place.ROTO else MINISTACK
            kinesis_url = rest_url = stack.enter_context(EmbeddedServer(kind)).endpoint_url
        yield Servers(place, kinesis_url, rest_url, rest_url)


@contextmanager
def servers_or_skip(place: Place) -> Iterator[Servers]:
    """The same; what asks for it is skipped where they are not to be had."""
    try:
        with servers(place) as running:
            yield running
    except NotToBeHad as missing:
        pytest.skip(f"{place}: {missing}")


def _kinesis_local() -> Kind:
    package = fetched_package(*KINESIS_LOCAL)
    [tls_port] = free_ports(1)  # it insists on one
    # Its certificate is read from the working directory.
    arguments = ("-C", str(package), "node", "-r", str(ONLY_LOOPBACK), "main.js")
    environment = {
        "KINESIS_MOCK_PLAIN_PORT": "{port}",
        "KINESIS_MOCK_TLS_PORT": str(tls_port),
        "LOG_LEVEL": "ERROR",
        "CREATE_STREAM_DURATION": CHANGE_DURATION,
        "SPLIT_SHARD_DURATION": CHANGE_DURATION,
        "MERGE_SHARDS_DURATION": CHANGE_DURATION,
        "SHARD_LIMIT": "500",  # of all streams together: 50 by default
    }
    return Kind(arguments=arguments, environment=environment, program="env")


def _roto() -> Kind:
    if installed(ROTO.program) is None:
        raise NotToBeHad(f"there is no {ROTO.program}: pip install roto-aws")
    return ROTO
