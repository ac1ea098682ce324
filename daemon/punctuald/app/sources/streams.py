"""From a stream's settings to what the Kinesis source is made of."""

from __future__ import annotations

from punctuald.config import StreamSettings
from punctuald.source.kinesis.stream import KinesisStream


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
