"""From a stream's settings to what the Kinesis source is made of."""

from __future__ import annotations

from pathlib import Path

from punctuald.config import StreamSettings
from punctuald.errors import ConfigurationError
from punctuald.source.kinesis.stream import KinesisStream

EXTRA = "needs the extra `kinesis`: pip install 'punctuald[kinesis]'"


def need_stream_library(streams: tuple[StreamSettings, ...], config_path: Path) -> None:
    """Raises `ConfigurationError` where there are streams and nothing to read packed records with."""
    if streams:
        try:
            import punctuald.source.kinesis.source  # noqa: F401, PLC0415 - an extra's; for workers to inherit
        except ImportError as error:
            raise ConfigurationError(f"{config_path}: stream[0] ({streams[0].name}): {EXTRA} ({error})") from None


def kinesis_stream(settings: StreamSettings) -> KinesisStream:
    """Plain values."""
    return KinesisStream(
        name=settings.name,
        stream=settings.stream_name,
        application=settings.application_name,
        region=settings.region,
        endpoint_url=settings.endpoint_url,
        dynamodb_endpoint_url=settings.dynamodb_endpoint_url,
        start=settings.begins,
        failover_seconds=settings.failover_seconds,
        balance=settings.balance,
        revoke_timeout_seconds=settings.revoke_timeout_seconds,
        checkpoint_interval_seconds=settings.checkpoint_interval_seconds,
        poll_interval_seconds=settings.poll_interval_seconds,
        idle_poll_interval_seconds=settings.idle_poll_interval_seconds,
    )
