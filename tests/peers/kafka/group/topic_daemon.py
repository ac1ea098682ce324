"""The real daemon on a topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peers.kafka.handled import HANDLED_VARIABLE
from peers.programs.process import TESTS
from peers.programs.watched_daemon import WatchedDaemon, toml, watched_daemon

POOL: Mapping[str, Any] = {
    "min_workers": 2,
    "max_workers": 2,
    "drain_timeout_seconds": 20,
    "backoff_initial_seconds": 0.05,
    "backoff_max_seconds": 0.5,
}
SESSION_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class TopicSetup:
    """``topic`` are settings of its `[[topic]]`; ``others`` are further topics with the same ones."""

    brokers: str
    name: str
    handler: str = "peers.kafka.handled:write"
    topic: Mapping[str, Any] = field(default_factory=dict)
    others: Sequence[str] = ()
    pool: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)

    def toml(self) -> str:
        """The configuration file."""
        own = {
            "brokers": self.brokers,
            "handler": self.handler,
            "handler_path": str(TESTS),
            "session_timeout_seconds": SESSION_SECONDS,
            "commit_interval_seconds": 0.5,
        }
        sections: Mapping[str, Mapping[str, Any]] = {
            "[pool]": {**POOL, **self.pool},
            "[logging]": {"format": "json", "sample": 0},
            "[[sla.tier]]": {"name": "unhurried", "threshold_seconds": 3600},
        }
        topics = [{**own, **self.topic, "name": name, "group": name} for name in (self.name, *self.others)]
        tables = [*sections.items(), *(("[[topic]]", topic) for topic in topics)]
        return toml(tables)


@contextmanager
def topic_daemon(setup: TopicSetup, directory: Path, until: str = "daemon.ready") -> Iterator[WatchedDaemon]:
    """One that is ready, or as far as ``until``; it is gone at the end, whatever happened."""
    environ = {HANDLED_VARIABLE: str(directory / "handled.txt"), **setup.environ}
    with watched_daemon(setup.toml(), directory, environ, until) as daemon:
        yield daemon
