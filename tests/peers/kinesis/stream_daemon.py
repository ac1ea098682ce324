"""The real daemon on a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peers.kinesis.handled import HANDLED_VARIABLE
from peers.kinesis.servers import Servers
from peers.programs.process import TESTS
from peers.programs.watched_daemon import WatchedDaemon, toml, watched_daemon
from punctuald.demo.servers import REGION

POOL: Mapping[str, Any] = {
    "min_workers": 2,
    "max_workers": 2,
    "drain_timeout_seconds": 20,
    "backoff_initial_seconds": 0.05,
    "backoff_max_seconds": 0.5,
}


@dataclass(frozen=True, slots=True)
class StreamSetup:
    """``stream`` are settings of its `[[stream]]`, whose name is that of the application too."""

    servers: Servers
    name: str
    handler: str = "peers.kinesis.handled:write"
    stream: Mapping[str, Any] = field(default_factory=dict)
    pool: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)

    def toml(self) -> str:
        """The configuration file."""
        stream = {
            "name": self.name,
            "application": self.name,
            "region": REGION,
            "endpoint_url": self.servers.kinesis_url,
            "dynamodb_endpoint_url": self.servers.dynamodb_url,
            "handler": self.handler,
            "handler_path": str(TESTS),
        }
        return toml(
            [
                ("[pool]", {**POOL, **self.pool}),
                ("[logging]", {"format": "json", "sample": 0}),
                ("[[sla.tier]]", {"name": "unhurried", "threshold_seconds": 3600}),
                ("[[stream]]", {**stream, **self.stream}),
            ]
        )


@contextmanager
def stream_daemon(setup: StreamSetup, directory: Path) -> Iterator[WatchedDaemon]:
    """One that is ready; it is gone at the end, whatever happened."""
    environ = {HANDLED_VARIABLE: str(directory / "handled.txt"), **setup.environ}
    with watched_daemon(setup.toml(), directory, environ) as daemon:
        yield daemon
