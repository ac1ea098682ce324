"""What the real daemon is told of a topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from peers.log.daemon import configuration
from peers.programs.process import TESTS

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
        topics = [{**own, **self.topic, "name": name, "group": name} for name in (self.name, *self.others)]
        return configuration(self.pool, [("[[topic]]", topic) for topic in topics])
