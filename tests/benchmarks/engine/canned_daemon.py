"""The real daemon on a canned server: what the engine's scenes have in common."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.canned.server import CannedServer, canned_server
from benchmarks.canned.wire import PLAIN, Wire
from benchmarks.comparison.envs import server_python
from benchmarks.comparison.scenes import ONE_WORKER_CORES, SERVER_CORE
from benchmarks.handlers import STAMPS_VARIABLE
from benchmarks.processes.cores import on_cores
from benchmarks.rig import CLOCK, Rig, RigError, Setup, daemon_environment, rig

LOOK_SECONDS = 0.01
CHECK_SECONDS = 30.0


@contextmanager
def canned_daemon(
    setup: Setup, directory: Path, wire: Wire = PLAIN, cores: set[int] | None = None
) -> Iterator[tuple[CannedServer, Rig]]:
    """A ready daemon, and its server that has no messages yet; ``setup`` need not name the endpoint.

    ``cores`` are the daemon's, by default the one that is not the server's.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with canned_server("raw", SERVER_CORE, wire, server_python()) as server:
        environment = {**setup.environment, **wire.environ}
        here = replace(setup, endpoint_url=server.endpoint_url, environment=environment)
        with on_cores(cores or ONE_WORKER_CORES), rig(here, directory) as running:
            yield server, running


def refusal(setup: Setup, directory: Path) -> str | None:
    """What `punctuald check` has against these settings; None if it takes them."""
    config = directory / "check.toml"
    config.write_text(setup.toml())
    command = [sys.executable, "-P", "-m", "punctuald", "check", "-c", str(config)]
    done = subprocess.run(
        command, env=daemon_environment(setup), capture_output=True, text=True, timeout=CHECK_SECONDS, check=False
    )
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()


def stamping(path: Path) -> dict[str, str]:
    """The environment in which handlers write their stamps to ``path``."""
    path.touch()
    return {STAMPS_VARIABLE: str(path)}


def wait_for_lines(path: Path, count: int, seconds: float) -> list[str]:
    """The file's lines, once there are so many. Raises `RigError`."""
    wait(lambda: path.read_text().count("\n") >= count, seconds, f"{count} messages handled")
    return path.read_text().splitlines()


def wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Raises `RigError` if ``condition`` does not come true in time."""
    give_up_mono = CLOCK.mono() + seconds
    while not condition():
        if CLOCK.mono() > give_up_mono:
            raise RigError(f"{what}: not within {seconds:g} s")
        time.sleep(LOOK_SECONDS)


def messages_per_second(server: CannedServer, warm_seconds: float, seconds: float) -> float:
    """Deletions, after a warm-up."""
    time.sleep(warm_seconds)
    before = server.counters()
    time.sleep(seconds)
    after = server.counters()
    return (after.deleted - before.deleted) / (after.mono_seconds - before.mono_seconds)
