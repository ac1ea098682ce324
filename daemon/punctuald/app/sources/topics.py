"""From a topic's settings to what the Kafka source is made of, with the secrets that do not stand in the file."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from punctuald.config import TopicSettings
from punctuald.config.sources.client import Property, SecretSettings
from punctuald.errors import ConfigurationError
from punctuald.source.kafka.topic import KafkaTopic, PropertyValue


def kafka_topic(settings: TopicSettings, config_path: Path, environ: Mapping[str, str]) -> KafkaTopic:
    """Raises `ConfigurationError` where a secret can't be read."""
    where = f"{config_path}: topic {settings.name!r}"
    return KafkaTopic(
        name=settings.name,
        topic=settings.topic_name,
        brokers=settings.brokers,
        group=settings.group,
        group_protocol=settings.group_protocol,
        static_identity=_static_identity(settings, config_path) if settings.static_members else "",
        session_timeout_seconds=settings.session_timeout_seconds,
        start=settings.start,
        revoke_timeout_seconds=settings.revoke_timeout_seconds,
        commit_interval_seconds=settings.commit_interval_seconds,
        dead_letter_topic=settings.dead_letter_topic,
        properties=client_properties(settings.client, f"{where}: client.", config_path.parent, environ),
    )


def _static_identity(settings: TopicSettings, config_path: Path) -> str:
    """The same after a restart; another one for another daemon of this machine."""
    daemon = hashlib.blake2s(os.fsencode(config_path), digest_size=4).hexdigest()
    return f"{socket.gethostname()}-{daemon}-{settings.name}"


def client_properties(
    client: Mapping[str, Property], where: str, directory: Path, environ: Mapping[str, str]
) -> Mapping[str, PropertyValue]:
    """With the secrets in them; files are relative to ``directory``. Raises `ConfigurationError` where one can't be
    read, which begins with ``where`` and the property's name."""
    return {name: _value(value, f'{where}"{name}"', directory, environ) for name, value in client.items()}


def _value(value: Property, where: str, directory: Path, environ: Mapping[str, str]) -> PropertyValue:
    if not isinstance(value, SecretSettings):
        return value
    if value.env:
        if value.env not in environ:
            raise ConfigurationError(f"{where}: the environment has no {value.env}")
        return environ[value.env]
    path = directory / value.file
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(f"{where}: {path}: {reason}") from None
