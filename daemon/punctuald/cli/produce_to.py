"""Where `punctuald produce` sends to, a queue, a topic or a stream, from what the command line says."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

import click

from punctuald.config import SourceSettings, load
from punctuald.config.sources.client import Property, SecretSettings, refused_property
from punctuald.demo.kinesis.open_stream import open_stream
from punctuald.demo.kinesis.stream_sender import StreamSender
from punctuald.demo.produce import Send
from punctuald.demo.sender import Place, QueueSender, open_queue
from punctuald.errors import ConfigurationError, SourceError
from punctuald.ports import LOG_LARGEST_BATCH, SQS_LARGEST_BATCH
from punctuald.source.kafka.topic import KafkaTopic

from .needs import need_modules
from .options import WrongOptionsError
from .regions_sender import RegionsSender

QUEUE, TOPIC, STREAM = "queue", "topic", "stream"
KINDS = (QUEUE, TOPIC, STREAM)
DEFAULT_QUEUE = "telemetry"

SettingsT = TypeVar("SettingsT", bound=SourceSettings)


@dataclass(frozen=True, slots=True)
class Destination:
    """What was asked for; "" or nothing where it was not."""

    to: str
    queue: str
    endpoint_urls: Sequence[str]
    regions: Sequence[str]
    brokers: str
    client: Sequence[str]
    config_path: Path | None

    def open(self, *, fifo_groups: int, tier: str, delay_seconds: int) -> tuple[Send, int]:
        """What sends to it, and how many events at once at most. Raises `WrongOptionsError`, `ConfigurationError` and
        `SourceError`, each with a line that says what to do."""
        kind, name = self._kind_and_name()
        if kind == TOPIC:
            need_modules("punctuald produce --to topic:NAME", ["confluent_kafka"], extra="kafka")
            from punctuald.demo.kafka.topic_sender import open_topic  # noqa: PLC0415 - an extra's

            return open_topic(self._topic(name), tier=tier, delay_seconds=delay_seconds).send, LOG_LARGEST_BATCH
        if kind == STREAM:
            return self._open_stream(name, tier=tier, delay_seconds=delay_seconds).send, LOG_LARGEST_BATCH
        places = self._places()
        open_with = partial(open_queue, name, fifo_groups=fifo_groups, tier=tier, delay_seconds=delay_seconds)
        if len(places) > 1:
            return RegionsSender(places, partial(_open_at, open_with), on_moved=_moved).send, SQS_LARGEST_BATCH
        [place] = places
        return open_with(region=place.region, endpoint_url=place.endpoint_url).send, SQS_LARGEST_BATCH

    def _open_stream(self, name: str, *, tier: str, delay_seconds: int) -> StreamSender:
        if tier:
            raise WrongOptionsError(
                "--tier goes along as an attribute, and a stream's records have none: give the [[stream]] its tier"
            )
        stream, place = self._stream(name)
        return open_stream(stream, place, delay_seconds=delay_seconds, on_throttled=partial(click.echo, err=True))

    def _stream(self, name: str) -> tuple[str, Place]:
        """Its name at AWS, and where it is."""
        if self.config_path is not None:
            if self.regions or self.endpoint_urls:
                raise WrongOptionsError(f"--to stream:{name}: --config FILE has its --region and --endpoint-url")
            settings = _configured(load(self.config_path, os.environ).streams, STREAM, name, self.config_path)
            return settings.stream_name, Place(settings.region, settings.endpoint_url)
        if max(len(self.regions), len(self.endpoint_urls)) > 1:
            raise WrongOptionsError(f"--to stream:{name}: a stream is in one region")
        [place] = self._places()
        return name, place

    def _places(self) -> Sequence[Place]:
        if len(self.regions) > 1 and self.endpoint_urls and len(self.endpoint_urls) != len(self.regions):
            raise WrongOptionsError("give an --endpoint-url for each --region, or for none; '' is AWS's own")
        if len(self.endpoint_urls) > max(1, len(self.regions)):
            raise WrongOptionsError("give a --region for each --endpoint-url")
        return [Place(*each) for each in zip_longest(self.regions or [""], self.endpoint_urls, fillvalue="")]

    def _kind_and_name(self) -> tuple[str, str]:
        if self.to and self.queue:
            raise WrongOptionsError("--queue NAME is --to queue:NAME: give one of them")
        kind, _, name = self.to.partition(":") if self.to else (QUEUE, "", self.queue or DEFAULT_QUEUE)
        if kind not in KINDS or not name:
            raise WrongOptionsError(f"--to {self.to}: give queue:NAME, topic:NAME or stream:NAME")
        if kind != TOPIC and (self.brokers or self.client):
            raise WrongOptionsError("--brokers and --client are for --to topic:NAME")
        if kind == QUEUE and self.config_path:
            raise WrongOptionsError("--config is for --to topic:NAME and --to stream:NAME")
        if kind == TOPIC and (self.endpoint_urls or self.regions):
            raise WrongOptionsError("--endpoint-url and --region are for queues and streams; a topic has --brokers")
        return kind, name

    def _topic(self, name: str) -> KafkaTopic:
        if bool(self.brokers) == bool(self.config_path):
            raise WrongOptionsError(f"--to topic:{name}: give --brokers HOST:PORT, or --config FILE that has it")
        from punctuald.app.sources.topics import client_properties, kafka_topic  # noqa: PLC0415 - --help works on any system

        given = client_properties(_properties(self.client), "--client ", Path(), os.environ)
        if self.config_path is None:
            return KafkaTopic(name, name, self.brokers, group="", properties=given)
        settings = _configured(load(self.config_path, os.environ).topics, TOPIC, name, self.config_path)
        topic = kafka_topic(settings, self.config_path, os.environ)
        return replace(topic, properties={**topic.properties, **given})


def _open_at(open_with: Callable[..., QueueSender], place: Place) -> QueueSender:
    return open_with(region=place.region, endpoint_url=place.endpoint_url, one_of_several=True)


def _moved(place: Place, error: SourceError | None) -> None:
    click.echo(f"sending to {place} now" + (f": {error}" if error else ""), err=True)


def _configured(tables: Sequence[SettingsT], kind: str, name: str, path: Path) -> SettingsT:
    for settings in tables:
        if settings.name == name:
            return settings
    raise ConfigurationError(f"{path}: there is no [[{kind}]] with the name {name!r}")


def _properties(given: Sequence[str]) -> Mapping[str, Property]:
    """Of ``KEY=VALUE``, where a value that is a secret is ``env:NAME`` or ``file:PATH``."""
    properties: dict[str, Property] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals):
            raise WrongOptionsError(f"--client {each}: give KEY=VALUE, such as security.protocol=SASL_SSL")
        if reason := refused_property(name):
            raise WrongOptionsError(f"--client {name} {reason}")
        place, _, where = value.partition(":")
        properties[name] = (
            SecretSettings.model_validate({place: where}) if place in {"env", "file"} and where else value
        )
    return properties
