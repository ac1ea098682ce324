"""A stream is found by its name, and one that can't be written to is said at once; on a real server."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import orjson
import pytest

from punctuald.demo.kinesis.demo_stream import create_stream
from punctuald.demo.kinesis.open_stream import open_stream
from punctuald.demo.sender import Place
from punctuald.demo.servers import REGION
from punctuald.demo.telemetry import TelemetryFeed
from punctuald.errors import SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.kinesis.api.client import make_client


def test_each_event_is_there_and_a_devices_events_are_in_one_shard_in_their_order(roto_endpoint: str) -> None:
    place, stream, feed = Place(REGION, roto_endpoint), "sent-by-its-name", TelemetryFeed(seed=1)
    create_stream(roto_endpoint, stream, shards=4)
    sent = [feed.next_event() for _ in range(200)]
    assert len(open_stream(stream, place).send(sent).sent_ids) == 200
    by_device = defaultdict(list)
    for event in sent:
        by_device[event.device_id].append(event.id)
    found = read(place, stream)
    assert {key: ids for keys in found for key, ids in keys.items()} == by_device
    assert sum(map(len, found)) == len(by_device)  # no key in two shards
    assert sum(map(bool, found)) > 1


@pytest.mark.parametrize("server", ["roto_endpoint", "ministack_endpoint"])
def test_the_largest_record_that_a_stream_takes_is_sent_and_a_larger_one_is_refused_alone(
    server: str, request: pytest.FixtureRequest
) -> None:
    endpoint_url: str = request.getfixturevalue(server)
    create_stream(endpoint_url, "large-ones", shards=1)
    feed = TelemetryFeed(seed=1)
    events = [replace(feed.next_event(), device_id=device, unit="") for device in "abc"]
    spare = (1 << 20) - len(events[0].body()) - len("a")
    events = [replace(events[0], unit="x" * spare), replace(events[1], unit="x" * (1 << 20)), events[2]]
    receipt = open_stream("large-ones", Place(REGION, endpoint_url)).send(events)
    assert receipt.sent_ids == (events[0].id, events[2].id)
    assert receipt.refusal.endswith("key and data: this stream takes up to 1,048,576")


def test_a_stream_that_is_not_there_is_named(roto_endpoint: str) -> None:
    with pytest.raises(SourceMissing, match=r"^stream 'nowhere' \(region us-east-1, .*\): it does not exist there"):
        open_stream("nowhere", Place(REGION, roto_endpoint))


@pytest.mark.usefixtures("aws_credentials")
def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(SourceUnavailable, match=r"^stream 'a' \(region us-east-1, .*\): can't connect"):
        open_stream("a", Place(REGION, "http://127.0.0.1:9"))


def test_an_address_that_is_none_is_said() -> None:
    with pytest.raises(SourceMisconfigured, match="the address is not usable"):
        open_stream("a", Place(REGION, "nonsense"))


def read(place: Place, stream: str) -> list[dict[str, list[str]]]:
    """Of each shard the ids of each key, in its order."""
    client, shards = make_client(place.region, place.endpoint_url), []
    for shard in client.list_shards(StreamName=stream)["Shards"]:
        where = {"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = client.get_shard_iterator(**where)["ShardIterator"]
        keys = defaultdict(list)
        for record in client.get_records(ShardIterator=iterator)["Records"]:
            keys[record["PartitionKey"]].append(orjson.loads(record["Data"])["id"])
        shards.append(dict(keys))
    return shards
