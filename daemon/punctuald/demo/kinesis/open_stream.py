"""Finding a stream, and what it takes, to send to it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.demo.sender import Place
from punctuald.errors import SourceUnavailable
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.session import client_config, take_session

from .errors import StreamText, to_source_error
from .stream_sender import OnThrottled, StreamSender

WRITABLE = frozenset({"ACTIVE", "UPDATING"})
USUAL_LARGEST_KIB = 1024
"""Of a record, key and data. A stream that takes more, up to 10 MiB, says so; servers older than that say nothing."""


def open_stream(
    stream: str,
    place: Place,
    *,
    delay_seconds: int = 0,
    on_throttled: OnThrottled = lambda _: None,
) -> StreamSender:
    """A sender to the stream of this name.

    Raises `SourceError`: no such stream, no credentials, no region, no answer.
    """
    where = StreamText(stream, place.region or "AWS's own setting", place.endpoint_url or "AWS")
    try:
        client = kinesis_client(place)
        where = StreamText(stream, str(client.meta.region_name), str(client.meta.endpoint_url))
        summary = client.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    except (BotoCoreError, ClientError, ValueError) as error:
        raise to_source_error(error, where) from error
    status = summary["StreamStatus"]
    if status not in WRITABLE:
        raise SourceUnavailable(f"{where}: it takes no records, for it is {status}", code=status)
    largest_bytes = summary.get("MaxRecordSizeInKiB", USUAL_LARGEST_KIB) << 10
    return StreamSender(client, where, largest_bytes, delay_seconds=delay_seconds, on_throttled=on_throttled)


def kinesis_client(place: Place) -> Any:
    """boto3's, which tries nothing again by itself. Raises what botocore does."""
    session = take_session()
    session.register_component("credential_provider", BotoCredentials())
    return session.create_client(
        "kinesis",
        region_name=place.region or None,
        endpoint_url=place.endpoint_url or None,
        config=client_config(wait_seconds=None, connections=1),
    )
