"""Events go to the first region that takes them."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError

from doubles.source.scripted_client import ScriptedClient
from punctuald.cli.regions_sender import RegionsSender
from punctuald.clock import ManualClock
from punctuald.demo.sender import ATTEMPTS, Place, QueueSender
from punctuald.demo.telemetry import TelemetryEvent, TelemetryFeed
from punctuald.errors import SourceUnavailable
from punctuald.source.sqs.errors import EndpointText

WHERE = EndpointText("telemetry", "eu-north-1", "http://localhost")
THROTTLED = ("RequestThrottled", False)


@pytest.fixture
def events() -> list[TelemetryEvent]:
    feed = TelemetryFeed(seed=1)
    return [feed.next_event() for _ in range(3)]


PLACES = [Place("eu-west-1"), Place("us-east-1")]


class Regions:
    """Two regions of which each may fail, and what was sent to which."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.away: set[str] = set()
        self.clients = {place.region: ScriptedClient() for place in PLACES}
        self.moves: list[tuple[str, bool]] = []
        self.pauses: list[float] = []
        self.sender = RegionsSender(
            PLACES,
            self._open,
            clock=self.clock,
            on_moved=lambda place, error: self.moves.append((place.region, error is not None)),
            pause=self.pauses.append,
        )

    def _open(self, place: Place) -> QueueSender:
        if place.region in self.away:
            raise SourceUnavailable("no route", code="ConnectTimeout")
        url = "http://localhost/1/telemetry"
        return QueueSender(self.clients[place.region], url, WHERE, attempts=1, names_ids=True)

    def fail(self, region: str, times: int) -> None:
        self.clients[region]._script = [EndpointConnectionError(endpoint_url="http://localhost")] * times

    def calls(self) -> list[int]:
        return [len(client.calls) for client in self.clients.values()]


def test_all_goes_to_the_first_region_as_long_as_that_takes_it(events: list[TelemetryEvent]) -> None:
    regions = Regions()
    for _ in range(3):
        regions.sender.send(events)
    assert (regions.calls(), regions.moves) == ([3, 0], [])


def test_what_one_region_does_not_take_goes_to_the_next_at_once_and_back_after_a_while(
    events: list[TelemetryEvent],
) -> None:
    regions = Regions()
    regions.fail("eu-west-1", 1)
    assert regions.sender.send(events).sent_ids == tuple(event.id for event in events)
    regions.clock.advance(9)
    regions.sender.send(events)
    assert (regions.calls(), regions.moves) == ([1, 2], [("us-east-1", True)])
    regions.clock.advance(2)
    regions.sender.send(events)
    assert (regions.calls(), regions.moves) == ([2, 2], [("us-east-1", True), ("eu-west-1", False)])


def test_a_region_that_is_away_from_the_start_is_passed_over(events: list[TelemetryEvent]) -> None:
    regions = Regions()
    regions.away.add("eu-west-1")
    regions.sender.send(events)
    assert regions.calls() == [0, 1]


def test_where_no_region_takes_it_that_is_said(events: list[TelemetryEvent]) -> None:
    regions = Regions()
    for place in PLACES:
        regions.fail(place.region, 1)
    with pytest.raises(SourceUnavailable):
        regions.sender.send(events)
    assert regions.sender.send(events).unsent == 0


def test_to_several_regions_each_event_bears_its_id(events: list[TelemetryEvent]) -> None:
    regions = Regions()
    regions.sender.send(events)
    [call] = regions.clients["eu-west-1"].calls
    assert [entry["MessageAttributes"]["event_id"]["StringValue"] for entry in call] == [each.id for each in events]


def test_what_a_region_refuses_event_by_event_for_no_fault_of_ours_goes_to_the_next(
    events: list[TelemetryEvent],
) -> None:
    regions = Regions()
    regions.clients["eu-west-1"]._script = [{1: THROTTLED}]
    receipt = regions.sender.send(events)
    assert (set(receipt.sent_ids), receipt.unsent) == ({event.id for event in events}, 0)
    assert [[len(call) for call in client.calls] for client in regions.clients.values()] == [[3], [1]]
    assert (regions.moves, regions.pauses) == ([], []), "the next events go to the first one again"


def test_what_all_regions_refuse_is_tried_five_times_and_the_rest_counts_as_sent(events: list[TelemetryEvent]) -> None:
    regions = Regions()
    regions.clients["eu-west-1"]._script = [{0: ("InvalidMessageContents", True), 1: THROTTLED}]
    regions.clients["eu-west-1"]._script += [{0: THROTTLED}] * ATTEMPTS
    regions.clients["us-east-1"]._script = [{0: THROTTLED}] * ATTEMPTS
    receipt = regions.sender.send(events)
    assert (receipt.sent_ids, receipt.unsent) == ((events[2].id,), 2)
    assert "RequestThrottled" in receipt.refusal
    assert (regions.calls(), len(regions.pauses)) == ([ATTEMPTS, ATTEMPTS], ATTEMPTS - 1)


def test_where_all_regions_fail_after_some_events_were_sent_these_count(events: list[TelemetryEvent]) -> None:
    regions = Regions()
    away = EndpointConnectionError(endpoint_url="http://localhost")
    regions.clients["eu-west-1"]._script = [{1: THROTTLED}, *[away] * ATTEMPTS]
    regions.clients["us-east-1"]._script = [away] * ATTEMPTS
    receipt = regions.sender.send(events)
    assert (receipt.sent_ids, receipt.unsent) == ((events[0].id, events[2].id), 1)
