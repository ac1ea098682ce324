"""What the real daemon is told of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from peers.kinesis.servers import Servers
from peers.log.daemon import configuration
from peers.programs.process import TESTS
from punctuald.demo.servers import REGION


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
        return configuration(self.pool, [("[[stream]]", {**stream, **self.stream})])
