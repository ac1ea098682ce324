"""The canned server as a process of its own, pinned to a core, at the other end of two pipes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.canned.bodies import QUEUE
from benchmarks.canned.protocol import ACCOUNT
from benchmarks.canned.wire import PLAIN, Wire
from benchmarks.processes.piped import piped


@dataclass(frozen=True, slots=True)
class Counters:
    """What the server had seen at one instant."""

    mono_seconds: float
    cpu_seconds: float
    handed: int
    deleted: int
    calls: Mapping[str, int]

    @property
    def requests(self) -> int:
        """Calls of all kinds."""
        return sum(self.calls.values())


class CannedServer:
    """Commands, see `benchmarks.canned.serve`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        ready = self._answer()
        self.endpoint_url: str = ready["endpoint_url"]
        self.loop: str = ready["loop"]

    @property
    def queue_url(self) -> str:
        """The queue's, as `GetQueueUrl` gives it."""
        return f"{self.endpoint_url}/{ACCOUNT}/{QUEUE}"

    def allow(self, count: int) -> None:
        """Let so many more messages be received."""
        self._ask(f"allow {count}")

    def drip(self, interval_seconds: float, count: int) -> None:
        """One message after each interval."""
        self._ask(f"drip {interval_seconds} {count}")

    def counters(self) -> Counters:
        """As of now."""
        return Counters(**self._ask("count"))

    def available_ns(self) -> list[int]:
        """When each dripped message could first be received, on CLOCK_MONOTONIC."""
        times: list[int] = self._ask("available")["available_ns"]
        return times

    def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = orjson.loads(self._process.stdout.readline())
        return answer


@contextmanager
def canned_server(dialect: str, core: int, wire: Wire = PLAIN, python: str = sys.executable) -> Iterator[CannedServer]:
    """A fresh server, run by the interpreter ``python``; it ends with the block."""
    serve = [python, "-P", "-m", "benchmarks.canned.serve", dialect, str(wire.latency_seconds)]
    if wire.authority is not None:
        serve.append(str(wire.authority.certificate_file))
    with piped(core, serve) as process:
        yield CannedServer(process)
