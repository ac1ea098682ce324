"""What all children of one generation are built from: made before the fork, only read after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from punctuald.clock import Clock
from punctuald.config import QueueSettings, Settings, SourceSettings, calendar_of
from punctuald.errors import ConfigurationError, HandlerUnavailable, SourceMisconfigured, SourceUnavailable
from punctuald.policy.delivery.tiers import Calendar
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.kafka.topic import KafkaTopic
from punctuald.source.kinesis.stream import KinesisStream
from punctuald.stats.board.board import Board

EndpointKey = tuple[str, str]
"""Region and endpoint URL, as configured."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Plain values: a child makes its own clients, threads and locks."""

    settings: Settings
    config_path: Path
    board: Board
    boards: tuple[Board, ...]
    threshold_seconds: Mapping[str, float]
    clock: Clock
    endpoints: Mapping[EndpointKey, Endpoint] = field(default_factory=dict)  # for the fast transport, where found
    topics: Mapping[str, KafkaTopic] = field(default_factory=dict)  # by name, with their secrets
    streams: Mapping[str, KinesisStream] = field(default_factory=dict)  # by name
    stream_endpoints: Mapping[EndpointKey, Endpoint] = field(default_factory=dict)  # of Kinesis, where found

    @property
    def calendar(self) -> Calendar:
        """The tiers by the time of day."""
        return calendar_of(self.settings.sla)

    @property
    def configuration_errors(self) -> tuple[type[Exception], ...]:
        """The exceptions that mean that a person has to mend the configuration, or what it names."""
        return (ConfigurationError, SourceMisconfigured)

    @property
    def passing_errors(self) -> tuple[type[Exception], ...]:
        """What means that a child can't be started now, and may be later."""
        return (HandlerUnavailable, SourceUnavailable)

    def tier_index(self, source: SourceSettings) -> int | None:
        """The index of the tier that the source names; None where it names none."""
        names = [tier.name for tier in self.settings.sla.tiers]
        return names.index(source.tier) if source.tier else None


def place_of(config_path: Path, settings: Settings, number: int) -> str:
    """Where in the configuration a source stands, for what is wrong with its handler."""
    source = settings.sources[number]
    if isinstance(source, QueueSettings):
        numbers = [place for place, queue in enumerate(settings.queues) for _ in queue.by_region]
        return f"{config_path}: {source.kind}[{numbers[number]}] ({source.name})"
    numbers = [*range(len(settings.topics)), *range(len(settings.streams))]
    return f"{config_path}: {source.kind}[{numbers[number - len(settings.sqs_queues)]}] ({source.name})"


def search_path_of(config_path: Path, source: SourceSettings) -> Path:
    """Where a source's handler is looked for first. Resolved once in each process, so that what it imports is all of
    one release."""
    return (config_path.parent / source.handler_path).resolve()


def endpoint_key(queue: QueueSettings) -> EndpointKey:
    """Queues with the same key share what was found out about their endpoint."""
    return queue.region_name, queue.endpoint_url
