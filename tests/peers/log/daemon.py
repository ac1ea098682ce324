"""The real daemon on one log or some, whose handlers write down what they handled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from peers.log.lines import HANDLED_VARIABLE
from peers.programs.watched_daemon import Sections, WatchedDaemon, toml, watched_daemon

POOL: Mapping[str, Any] = {
    "min_workers": 2,
    "max_workers": 2,
    "drain_timeout_seconds": 20,
    "backoff_initial_seconds": 0.05,
    "backoff_max_seconds": 0.5,
}


class Setup(Protocol):
    """What a daemon is told; ``environ`` is added to its own."""

    @property
    def environ(self) -> Mapping[str, str]: ...

    def toml(self) -> str:
        """The configuration file."""


def configuration(pool: Mapping[str, Any], sources: Sections) -> str:
    """A file with these sources, and what all of these daemons are told."""
    return toml(
        [
            ("[pool]", {**POOL, **pool}),
            ("[logging]", {"format": "json", "sample": 0}),
            ("[[sla.tier]]", {"name": "unhurried", "threshold_seconds": 3600}),
            *sources,
        ]
    )


@contextmanager
def log_daemon(setup: Setup, directory: Path, until: str = "daemon.ready") -> Iterator[WatchedDaemon]:
    """One that is ready, or as far as ``until``; it is gone at the end, whatever happened."""
    environ = {HANDLED_VARIABLE: str(directory / "handled.txt"), **setup.environ}
    with watched_daemon(setup.toml(), directory, environ, until) as daemon:
        yield daemon
