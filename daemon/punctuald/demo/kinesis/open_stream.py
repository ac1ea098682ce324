"""Finding a stream, and what it takes, to send to it."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.demo.sender import Place
from punctuald.errors import SourceUnavailable
from punctuald.source.kinesis.api.client import make_client
from punctuald.source.kinesis.api.errors import StreamText, to_source_error

from .stream_sender import OnThrottled, StreamSender

WRITABLE = frozenset({"ACTIVE", "UPDATING"})
USUAL_LARGEST_KIB = 1024
"""Of a record, key and data. A stream that takes more, up to 10 MiB, says so; servers older than that say nothing."""


def open_stream(
    stream: str, place: Place, *, delay_seconds: int = 0, on_throttled: OnThrottled = lambda _: None
) -> StreamSender:
    """A sender to the stream of this name.

    Raises `SourceError`: no such stream, no credentials, no region, no answer.
    """
    client = make_client(place.region, place.endpoint_url)
    where = StreamText(stream, str(client.meta.region_name), str(client.meta.endpoint_url))
    try:
        summary = client.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    except (BotoCoreError, ClientError, ValueError) as error:
        raise to_source_error(error, where) from error
    status = summary["StreamStatus"]
    if status not in WRITABLE:
        raise SourceUnavailable(f"{where}: it takes no records, for it is {status}", code=status)
    largest_bytes = summary.get("MaxRecordSizeInKiB", USUAL_LARGEST_KIB) << 10
    return StreamSender(client, where, largest_bytes, delay_seconds=delay_seconds, on_throttled=on_throttled)
