"""Where the queue is that a command is about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import click

from punctuald.cli.options import WrongOptionsError
from punctuald.config import QueueSettings, Settings, load
from punctuald.errors import ConfigurationError
from punctuald.queue_tools.calls import SqsCalls
from punctuald.source.sqs.names import name_in_url


class Found(NamedTuple):
    """A way to the queue, and what it is asked for by: a name or a URL."""

    calls: SqsCalls
    name_or_url: str


class Endpoint(NamedTuple):
    """ "" = AWS's own settings."""

    region: str
    endpoint_url: str


@dataclass(frozen=True, slots=True)
class Place:
    """What the command line says: "" or None where it says nothing."""

    region: str
    endpoint_url: str
    config_path: Path | None

    def open(self, name_or_url: str = "") -> Found:
        """The way to that queue; of a configuration by its name there. Raises `WrongOptionsError`, `ConfigurationError`
        and `SourceError`."""
        if self.config_path is None:
            return Found(SqsCalls(self.region, self.endpoint_url), name_or_url)
        settings = self._settings(self.config_path)
        found = _queue_called(settings, name_or_url)
        if found is not None:
            return Found(SqsCalls(found.region_name, found.endpoint_url), found.url or found.queue_name)
        return Found(SqsCalls(*self._dead_letters_endpoint(settings, name_or_url)), name_or_url)

    def all_of_the_configuration(self) -> Iterator[Found]:
        """Each queue of the configuration, and each dead-letter queue that it names."""
        if self.config_path is None:
            return
        for queue in self._settings(self.config_path).sqs_queues:
            calls = SqsCalls(queue.region_name, queue.endpoint_url)
            yield Found(calls, queue.url or queue.queue_name)
            if queue.dead_letter_queue:
                yield Found(calls, queue.dead_letter_queue)

    def _settings(self, config_path: Path) -> Settings:
        if self.region or self.endpoint_url:
            raise WrongOptionsError("-c FILE has its queues' --region and --endpoint-url: give one or the other")
        return load(config_path, os.environ)

    def _dead_letters_endpoint(self, settings: Settings, name_or_url: str) -> Endpoint:
        """Of a queue that the configuration only sends to; or that it does not name, where all its queues are in one
        place."""
        name = name_in_url(name_or_url)
        sent_to = {
            endpoint for queue, endpoint in _senders(settings) if name_in_url(queue.dead_letter_queue) == name
        } or {endpoint for _, endpoint in _senders(settings)}
        if len(sent_to) == 1:
            return sent_to.pop()
        raise ConfigurationError(
            f"{self.config_path}: has no queue {name_or_url!r}, and its queues are not all in one region:"
            " give --region instead of -c"
        )


def _senders(settings: Settings) -> Iterator[tuple[QueueSettings, Endpoint]]:
    for queue in (*settings.sqs_queues, *settings.dead_letter_queues):
        yield queue, Endpoint(queue.region_name, queue.endpoint_url)


def _queue_called(settings: Settings, name: str) -> QueueSettings | None:
    """By its name in the configuration; of several regions by ``orders@eu-west-1``."""
    matching = [queue for queue in settings.sqs_queues if name in (queue.name, queue.queue_name, queue.url)]
    if len(matching) > 1:
        raise ConfigurationError(f"queue {name!r} is in several regions: {', '.join(queue.name for queue in matching)}")
    return matching[0] if matching else None


def place_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say where a queue is, and gives the command a `Place`."""

    @click.option("--region", default="", help="The AWS region; without it, AWS's own setting.")
    @click.option("--endpoint-url", default="", help="A server of SQS other than AWS.")
    @click.option(
        "-c",
        "--config",
        "config_path",
        type=click.Path(path_type=Path, readable=False),
        help="A configuration that has the queue by this name: instead of --region and --endpoint-url.",
    )
    @wraps(function)
    def with_place(*, region: str, endpoint_url: str, config_path: Path | None, **given: Any) -> Any:
        return function(place=Place(region, endpoint_url, config_path), **given)

    return with_place


def wanted_attributes(**given: int | None) -> Mapping[str, str]:
    """Of options as SQS writes them, without those that were not given."""
    return {_ATTRIBUTES[option]: str(value) for option, value in given.items() if value is not None}


_ATTRIBUTES = {
    "visibility_timeout": "VisibilityTimeout",
    "wait_time": "ReceiveMessageWaitTimeSeconds",
    "retention": "MessageRetentionPeriod",
}


def attribute_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of a queue's attributes."""
    for option in reversed(_ATTRIBUTE_OPTIONS):
        function = option(function)
    return function


_ATTRIBUTE_OPTIONS = (
    click.option(
        "--visibility-timeout",
        type=click.IntRange(0, 43_200),
        metavar="SECONDS",
        help="How long a received message stays hidden, where who receives asks for nothing else.",
    ),
    click.option(
        "--wait-time", type=click.IntRange(0, 20), metavar="SECONDS", help="How long a receive waits; 0 = not at all."
    ),
    click.option(
        "--retention",
        type=click.IntRange(60, 1_209_600),
        metavar="SECONDS",
        help="How long a message is kept, counted from its first send.",
    ),
)
