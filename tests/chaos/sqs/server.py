"""The SQS server as a process of its own, at the other end of two pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import trustme

from chaos.sqs.counters import Vagueness
from chaos.sqs.faults import Rule
from chaos.sqs.operations import ACCOUNT
from chaos.sqs.stored import QueueSettings
from punctuald.demo import tethered

TESTS = Path(__file__).parents[2]


class ServerGone(RuntimeError):
    """The server ended before it answered."""


@dataclass(frozen=True, slots=True)
class ServerSetup:
    """How the server is to be. ``queues`` name their dead-letter queues, which have to be among them."""

    queues: Sequence[QueueSettings]
    tls: bool = False
    latency_seconds: float = 0.0
    vagueness: Vagueness = field(default_factory=Vagueness)
    seed: int = 1


class SqsServer:
    """A running server. ``environment`` is what its clients need beside credentials."""

    def __init__(self, process: subprocess.Popen[bytes], events_path: Path, environment: dict[str, str]) -> None:
        self._process = process
        self.events_path = events_path
        self.environment = environment
        self.endpoint_url: str = self._answer()["endpoint_url"]

    def queue_url(self, queue: str) -> str:
        """As `GetQueueUrl` gives it."""
        return f"{self.endpoint_url}/{ACCOUNT}/{queue}"

    def send(self, queue: str, posts: Sequence[dict[str, Any]]) -> list[str]:
        """Send, untouched by faults; returns the messages' ids. A post has the fields of `stored.Post`."""
        ids: list[str] = self._ask("send", queue=queue, posts=list(posts))["ids"]
        return ids

    def set_faults(self, rules: Sequence[Rule], seed: int = 1) -> None:
        """From now on these faults; their clock and their counts of calls begin now."""
        self._ask("faults", rules=[rule.wire() for rule in rules], seed=seed)

    def set_latency(self, seconds: float) -> None:
        """From now on each call takes so long."""
        self._ask("latency", seconds=seconds)

    def expire_all(self, queue: str) -> None:
        """See `Queue.expire_all`."""
        self._ask("expire_all", queue=queue)

    def count(self, queue: str) -> dict[str, Any]:
        """``visible``, ``in_flight`` and ``delayed`` as they are, and ``calls`` by operation. Writes the events out."""
        return self._ask("count", queue=queue)

    def _ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps({"do": command, **arguments}) + b"\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ServerGone(f"the SQS server ended with status {self._process.wait()}")
        answer: dict[str, Any] = orjson.loads(line)
        return answer


@contextmanager
def sqs_server(setup: ServerSetup, directory: Path) -> Iterator[SqsServer]:
    """A fresh server, which ends with the block; its events go to a file in ``directory``."""
    events_path = directory / "events.jsonl"
    files, environment = _certificates(directory) if setup.tls else (None, {})
    written = {**asdict(setup), "tls": files, "events": str(events_path)}
    path = directory / "server.json"
    path.write_bytes(orjson.dumps(written))
    with subprocess.Popen(
        [sys.executable, "-P", tethered.__file__, str(os.getpid()), "chaos.sqs.serve", str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield SqsServer(process, events_path, environment)
        finally:
            process.kill()


def _certificates(directory: Path) -> tuple[list[str], dict[str, str]]:
    """The server's certificate and key, and what makes clients trust the authority that signed it."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    chain, key, bundle = (directory / name for name in ("server.pem", "server.key", "authority.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(chain))
    certificate.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(bundle))
    return [str(chain), str(key)], {"AWS_CA_BUNDLE": str(bundle)}
