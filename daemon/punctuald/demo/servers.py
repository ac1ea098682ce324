"""Servers of AWS's protocols to try things out with, each a process of its own on a free port of 127.0.0.1.

``with EmbeddedServer(MOTO) as server: create_queue(server.endpoint_url, "orders")``. What each gets wrong is written in
docs/; in short: moto is not for load, ministack looks for new messages every 100 ms only, and roto, the one for Kinesis
and its DynamoDB, does not say which shards have come of one that was split.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from types import MappingProxyType, TracebackType
from typing import IO, Self

from punctuald.clock import SystemClock
from punctuald.errors import PunctualdError

from . import tethered

REGION = "us-east-1"
CLOCK = SystemClock()

TEST_CREDENTIALS: Mapping[str, str] = MappingProxyType(
    {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",  # else botocore asks the cloud's metadata address, and waits for it
    }
)
"""Environment for whoever talks to an embedded server: it accepts any credentials, but clients must have some."""

LOOPBACK = "127.0.0.1"
START_TIMEOUT_SECONDS = 20.0
STOP_GRACE_SECONDS = 2.0
PROBE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Kind:
    """How one server is started: a Python module or a ``program`` to run, its arguments and environment, with
    ``{port}`` to fill in. ``extra`` is ours that brings the program."""

    module: str = ""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    program: str = ""
    extra: str = ""

    @property
    def name(self) -> str:
        """For a person."""
        return self.program or self.module


MOTO = Kind("moto.server", ("-H", LOOPBACK, "-p", "{port}"))
MINISTACK = Kind(
    "ministack",
    environment={
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": "{port}",
        "LOG_LEVEL": "ERROR",
        # By default it serves MQTT and SFTP as well, where it has their libraries: MQTT on all the addresses there are.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    },
)
ROTO = Kind(
    arguments=("--host", LOOPBACK, "--port", "{port}", "--ephemeral"),
    environment={"NO_COLOR": "1", "RUST_LOG": "warn"},
    program="roto-server",
    extra="demo-kinesis",
)
"""Kinesis, DynamoDB and SQS in one: a program in the wheel of roto-aws, which has them for Linux with glibc on x86-64
and arm64; elsewhere pip builds it, which takes a Rust compiler."""

KINDS: Mapping[str, Kind] = MappingProxyType({"moto": MOTO, "ministack": MINISTACK})
"""Those to choose from for SQS."""


class ServerStartError(PunctualdError):
    """An embedded server did not start."""


def installed(program: str) -> str | None:
    """The path of a program that a package brought into our environment, or that PATH has; None without it.

    An environment's own directory need not be in PATH: nobody has to activate one to use what is in it.
    """
    return shutil.which(program, path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]))


class EmbeddedServer:
    """One server process; it can't outlive us, nor the thread that started it (see `tethered`).

    Its output goes to ``log_path``, or nowhere.
    """

    def __init__(self, kind: Kind = MOTO, log_path: Path | None = None) -> None:
        self._kind = kind
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def endpoint_url(self) -> str:
        """Where it listens, once started."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """Our own environment with credentials that the server takes, for a client's process."""
        return {**os.environ, **TEST_CREDENTIALS}

    def start(self) -> None:
        """Start it and wait until it answers. Raises `ServerStartError`."""
        self._port = _free_port()
        with _open_log(self._log_path) as log:
            self._process = subprocess.Popen(
                self._command(),
                env=self._server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a group of its own: Ctrl-C is for us, and stop() reaches its children too
            )
        self._wait_until_it_answers(self._process)

    def stop(self) -> None:
        """End it: by SIGTERM, and by SIGKILL after a while, for a server with a poll under way may ignore SIGTERM."""
        process, self._process = self._process, None
        if process is None:
            return
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(STOP_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _command(self) -> list[str]:
        arguments = [argument.format(port=self._port) for argument in self._kind.arguments]
        return [sys.executable, "-P", tethered.__file__, str(os.getpid()), *self._what(), *arguments]

    def _what(self) -> list[str]:
        if not self._kind.program:
            return [self._kind.module]
        path = installed(self._kind.program)
        if path is None:
            raise ServerStartError(f"{self._kind.program} is not installed: the extra {self._kind.extra} brings it")
        return [tethered.EXEC, path]

    def _server_environment(self) -> dict[str, str]:
        own = {name: value.format(port=self._port) for name, value in self._kind.environment.items()}
        return {**self.environment, **own}

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        give_up_mono = CLOCK.mono() + START_TIMEOUT_SECONDS
        while not _answers(self._port):
            if process.poll() is not None or CLOCK.mono() > give_up_mono:
                self.stop()
                raise ServerStartError(f"{self._kind.name} did not start on port {self._port}; log: {self._log_path}")
            sleep(PROBE_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _open_log(path: Path | None) -> IO[bytes]:
    return (path or Path(os.devnull)).open("ab")


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:  # not reaped yet, so the number is still its own
        os.killpg(process.pid, number)
