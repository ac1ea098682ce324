"""Who is compared on a Kinesis stream, and how each is started with one worker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.drained.contestants import BATCH, BATCH_SIZE, TRIVIAL, our_daemon
from benchmarks.kinesis.canned.records import STREAM
from peers.kinesis.kcl.program import Kcl
from peers.kinesis.kcl.program import command as kcl_command
from peers.kinesis.kcl.worker import KclSettings
from peers.kinesis.servers import Servers
from punctuald.demo.servers import REGION

POLL_SECONDS = 0.2
KCL_SETTINGS: Mapping[str, object] = {
    **KclSettings(failover_seconds=10).of(Kcl.V3),
    "poll.idleTimeBetweenReadsInMillis": round(POLL_SECONDS * 1000),
}
"""As peers' tests have it: on its defaults it has read nothing after a minute."""

JAVA_OPTIONS = ("-Dquiet=true", "-Dparse=true", "-XX:TieredStopAtLevel=4", "-Xmx512m")
"""A line a batch and none a record; its optimising compiler, which peers' tests do without; and room."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a consumer reads, as which application, and where it may write."""

    servers: Servers
    application: str
    directory: Path


@dataclass(frozen=True, slots=True)
class Contestant:
    """``command`` starts it. ``is_loop``: it has no lease table, and says itself what it has read."""

    name: str
    command: Callable[[Place], Sequence[str]]
    versions: str
    is_loop: bool = False


def app(module: str) -> Callable[[Place], Sequence[str]]:
    """A program of this folder."""

    def command(place: Place) -> Sequence[str]:
        return [sys.executable, "-P", "-m", f"benchmarks.kinesis.{module}", place.servers.kinesis_url, STREAM]

    return command


def kcl(place: Place) -> Sequence[str]:
    """One worker that reads as often as ours, and parses JSON. Raises `NotToBeHad`."""
    urls = (place.servers.kinesis_url, place.servers.dynamodb_url)
    return kcl_command(Kcl.V3, KCL_SETTINGS, [STREAM, place.application, "worker", *urls], *JAVA_OPTIONS)


def daemon(handler: str, stream: str = "") -> Callable[[Place], Sequence[str]]:
    """Ours; ``stream`` is more lines of that section. Its checkpoints, which are what is counted, are written often."""

    def command(place: Place) -> Sequence[str]:
        section = (
            f'[[stream]]\nname = "{STREAM}"\napplication = "{place.application}"\nregion = "{REGION}"\n'
            f'endpoint_url = "{place.servers.kinesis_url}"\ndynamodb_endpoint_url = "{place.servers.dynamodb_url}"\n'
            f"poll_interval_seconds = {POLL_SECONDS}\ncheckpoint_interval_seconds = 1\n{stream}"
        )
        return our_daemon(place.directory, section, handler)

    return command


BARE, BOTO3, KCL, OURS, OURS_BATCH = "bare-loop", "boto3-loop", "kcl", "punctuald", "punctuald-batch"
_OUR_VERSIONS = f"punctuald {version('punctuald')}, Python {sys.version.split()[0]}"
CONTESTANTS: Sequence[Contestant] = (
    Contestant(BARE, app("bare_app"), _OUR_VERSIONS, is_loop=True),
    Contestant(BOTO3, app("boto3_app"), f"boto3 {version('boto3')}", is_loop=True),
    Contestant(KCL, kcl, f"amazon-kinesis-client {Kcl.V3}"),
    Contestant(OURS, daemon(TRIVIAL), _OUR_VERSIONS),
    Contestant(OURS_BATCH, daemon(BATCH, f"batch_size = {BATCH_SIZE}"), _OUR_VERSIONS),
)
