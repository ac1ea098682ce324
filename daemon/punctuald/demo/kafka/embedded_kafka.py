"""`mock_cluster` as a process of its own, which a demo or a test starts and tells what is to go wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from punctuald.demo import tethered
from punctuald.demo.servers import ServerStartError

from . import mock_cluster
from .mock_cluster import Api

END_SECONDS = 5.0


class MockKafka:
    """A running one. A command returns when it is done."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.bootstrap = self._read()

    def create_topic(self, name: str, partitions: int) -> None:
        """One more."""
        self._tell(f"topic {name} {partitions}")

    def set_leader(self, topic: str, partition: int, broker: int) -> None:
        """-1: nobody leads it."""
        self._tell(f"lead {topic} {partition} {broker}")

    def push_request_errors(self, api: Api, *errors: int) -> None:
        """The next requests of this kind are answered with these, one each; without any, forget those that are left."""
        self._tell(" ".join(["errors", api.name, *map(str, errors)]))

    def broker_down(self, broker: int = 1) -> None:
        """Its connections end, and nobody gets a new one."""
        self._tell(f"down {broker}")

    def broker_up(self, broker: int = 1) -> None:
        """It is back."""
        self._tell(f"up {broker}")

    def set_rtt(self, rtt_ms: int, broker: int = 1) -> None:
        """All of its answers come so much later."""
        self._tell(f"rtt {broker} {rtt_ms}")

    def _tell(self, command: str) -> None:
        stdin = _pipe(self._process.stdin)
        stdin.write(f"{command}\n")
        stdin.flush()
        answer = self._read()
        if answer != "ok":
            raise ValueError(answer)

    def _read(self) -> str:
        line = _pipe(self._process.stdout).readline()
        if not line:
            status = self._process.wait(END_SECONDS)
            raise ServerStartError(f"librdkafka's mock cluster ended with status {status}")
        return line.rstrip("\n")


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise TypeError("the process was started without pipes")
    return stream


@contextmanager
def mock_kafka(topics: Mapping[str, int] | None = None, brokers: int = 1) -> Iterator[MockKafka]:
    """One with these topics and so many partitions each; it is gone at the end, and when we are.

    Raises `ServerStartError`; why, it has written to our standard error.
    """
    named = [word for name, partitions in (topics or {}).items() for word in ("--topic", f"{name}:{partitions}")]
    command = [sys.executable, "-P", tethered.__file__, str(os.getpid()), mock_cluster.__name__]
    process = subprocess.Popen(
        [*command, "--brokers", str(brokers), *named],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield MockKafka(process)
    finally:
        process.kill()
        process.communicate()
