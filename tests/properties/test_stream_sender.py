"""Whatever a stream refuses, and whichever answers are lost: the events of each device are in it in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

import orjson
from hypothesis import given
from hypothesis import strategies as st

from doubles.source.stream_server import INTERNAL, THROTTLED, StreamServer
from punctuald.clock import ManualClock
from punctuald.demo.kinesis.stream_sender import StreamSender
from punctuald.demo.telemetry import TelemetryEvent, TelemetryFeed
from punctuald.errors import SourceUnavailable
from punctuald.source.kinesis.api.errors import StreamText

KEYS = "abcde"
REFUSALS = st.dictionaries(
    st.tuples(st.integers(0, 60), st.sampled_from(KEYS)), st.sampled_from([THROTTLED, INTERNAL]), max_size=100
)


@given(
    devices=st.lists(st.sampled_from(KEYS), min_size=1, max_size=40),
    refusals=REFUSALS,
    lost=st.sets(st.integers(0, 60), max_size=10),
    jitters=st.lists(st.floats(0, 1), min_size=1),
)
def test_a_devices_events_arrive_in_their_order(
    devices: Sequence[str], refusals: dict[tuple[int, str], str], lost: set[int], jitters: Sequence[float]
) -> None:
    server = StreamServer(lambda call, key: refusals.get((call, key), ""), lost=lost)
    feed = TelemetryFeed(seed=1)
    events = [replace(feed.next_event(), device_id=device) for device in devices]
    sent_ids = send(server, events, jitters)

    places = {event.id: place for place, event in enumerate(events)}
    taken = {key: [places[orjson.loads(data)["id"]] for data in records] for key, records in server.taken.items()}
    assert all(of_key == sorted(of_key) for of_key in taken.values())  # one whose answer was lost may be there twice
    assert {places[event_id] for event_id in sent_ids} <= {place for of_key in taken.values() for place in of_key}


def send(server: StreamServer, events: Sequence[TelemetryEvent], jitters: Sequence[float]) -> Sequence[str]:
    clock, draws = ManualClock(), cycle(jitters)
    where = StreamText("readings", "eu-north-1", "http://localhost")
    sender = StreamSender(server, where, 1 << 20, clock=clock, pause=clock.advance, jitter=lambda: next(draws))
    try:
        receipt = sender.send(events)
    except SourceUnavailable:  # each was given up
        return ()
    assert len(receipt.sent_ids) + receipt.unsent == len(events)
    assert bool(receipt.unsent) == bool(receipt.refusal)
    return receipt.sent_ids
