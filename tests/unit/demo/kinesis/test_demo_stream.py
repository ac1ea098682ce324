"""The demo's stream is there with its dead-letter queue, and gone afterwards."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError

from punctuald.demo.kinesis.demo_stream import embedded_stream
from punctuald.demo.queues import connect
from punctuald.demo.servers import REGION
from punctuald.demo.telemetry import TelemetryFeed
from punctuald.source.kinesis.api.client import make_client


@pytest.mark.usefixtures("aws_credentials")
def test_it_takes_events_while_the_block_runs() -> None:
    with embedded_stream() as stream:
        stream.create()
        assert stream.open().send([TelemetryFeed(seed=1).next_event()]).unsent == 0
        client = make_client(REGION, stream.endpoint_url)
        assert len(client.list_shards(StreamName="telemetry")["Shards"]) == 4
        [queue] = connect(stream.endpoint_url).list_queues()["QueueUrls"]
        assert queue.endswith(f"/{stream.settings['dead_letter_queue']}")
    with pytest.raises(EndpointConnectionError):
        client.list_shards(StreamName="telemetry")
