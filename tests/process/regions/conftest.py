"""A daemon on one queue in two regions, each an SQS server of its own behind a gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chaos.sqs.server import ServerSetup, SqsServer, sqs_server
from chaos.sqs.stored import QueueSettings
from doubles.source.region_gate import RegionGate
from process.conftest import surely_ended
from process.daemon_under_test import DaemonUnderTest
from process.event_loops import UVLOOP, environment
from process.given import config_text

EAST, WEST = "us-east-1", "eu-west-1"
QUEUE = "orders"
LATE = {"tier": [{"name": "soon", "threshold_seconds": 3}]}


@dataclass(slots=True)
class Region:
    """One of them. ``sent`` are the bodies that were sent there."""

    name: str
    server: SqsServer
    gate: RegionGate
    queue: str
    sent: list[str] = field(default_factory=list)

    def send(self, *bodies: str, **post: Any) -> list[str]:
        """Past the gate; returns the messages' ids."""
        self.sent += bodies
        return self.server.send(self.queue, [{"body": body, **post} for body in bodies])

    @property
    def label(self) -> str:
        """What the log calls it."""
        return f"{self.queue}@{self.name}"

    def is_empty(self) -> bool:
        count = self.server.count(self.queue)
        return not (count["visible"] or count["in_flight"] or count["delayed"])


@dataclass(slots=True)
class TwoRegions:
    """``east`` is the preferred one."""

    east: Region
    west: Region
    daemon: DaemonUnderTest

    def configure(self, queue: Mapping[str, Any] | None = None, **sections: Mapping[str, Any]) -> None:
        """`QUICK` with the given settings on top, and a table for each region."""
        own = {"name": self.east.queue, "visibility_seconds": 5, **(queue or {})}
        text = config_text({**sections, "queue": own})
        lines = [line for line in text.splitlines() if not line.startswith("region = ")]
        begin = lines.index("[[queue]]")
        end = next((at for at in range(begin + 1, len(lines)) if lines[at].startswith("[")), len(lines))
        tables = [
            f'[[queue.region]]\nname = "{region.name}"\nendpoint_url = "{region.gate.url}"'
            for region in (self.east, self.west)
        ]
        self.daemon.write_config("\n".join([*lines[:end], *tables, *lines[end:]]))

    def start(self, handler: str, queue: Mapping[str, Any] | None = None, **sections: Mapping[str, Any]) -> None:
        """Configure, start, and wait until it is ready."""
        self.daemon.write_handler(handler)
        self.configure(queue, **sections)
        self.daemon.launch()
        self.daemon.wait_for("daemon.ready")

    def done(self) -> list[str]:
        """The bodies that the handler noted."""
        return [body for body, _ in self.daemon.notes("handled")]

    def wait_done(self, *bodies: str) -> None:
        self.daemon.wait_until(lambda: set(bodies) <= set(self.done()), f"{bodies} to be handled")


@pytest.fixture
def queue() -> str:
    """Its name."""
    return QUEUE


@pytest.fixture
def regions(tmp_path: Path, moto_endpoint: str, queue: str) -> Iterator[TwoRegions]:
    """Not started; all of it ended at the end."""
    with ExitStack() as stack:

        def region(name: str) -> Region:
            folder = tmp_path / name
            folder.mkdir()
            server = stack.enter_context(sqs_server(ServerSetup([QueueSettings(queue, visibility_seconds=5)]), folder))
            return Region(name, server, stack.enter_context(RegionGate(server.endpoint_url)), queue)

        east, west = region(EAST), region(WEST)
        daemon = DaemonUnderTest(tmp_path, moto_endpoint, environment(UVLOOP))
        yield TwoRegions(east, west, stack.enter_context(surely_ended(daemon)))
