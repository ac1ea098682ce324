from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from doubles.source.scripted_client import ScriptedClient
from punctuald.clock import ManualClock
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.sender import ATTEMPTS, QueueSender, SendReceipt, open_queue
from punctuald.demo.servers import REGION
from punctuald.demo.telemetry import TelemetryEvent, TelemetryFeed
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.source.sqs.errors import EndpointText

WHERE = EndpointText("telemetry", "eu-north-1", "http://localhost")


def send(client: ScriptedClient, events: Sequence[TelemetryEvent], **options: Any) -> tuple[SendReceipt, list[float]]:
    pauses: list[float] = []
    url = options.pop("url", "http://localhost/1/telemetry")
    sender = QueueSender(client, url, WHERE, pause=pauses.append, **options)
    return sender.send(events), pauses


@pytest.fixture
def events() -> list[TelemetryEvent]:
    feed = TelemetryFeed(seed=1)
    return [feed.next_event() for _ in range(3)]


def test_only_the_failed_entries_are_sent_again(events: list[TelemetryEvent]) -> None:
    client = ScriptedClient({1: ("InternalError", False)})
    receipt, pauses = send(client, events)
    assert [[entry["Id"] for entry in call] for call in client.calls] == [["0", "1", "2"], ["1"]]
    assert receipt == SendReceipt(tuple(event.id for event in events), 0)
    assert len(pauses) == 1


def test_what_is_the_senders_own_fault_is_not_sent_again(events: list[TelemetryEvent]) -> None:
    client = ScriptedClient({0: ("InvalidMessageContents", True)})
    receipt, _ = send(client, events)
    assert len(client.calls) == 1
    assert receipt.sent_ids == tuple(event.id for event in events[1:])
    assert (receipt.unsent, receipt.refusal) == (1, "InvalidMessageContents: ")


def test_an_entry_that_keeps_failing_is_given_up_after_growing_pauses(events: list[TelemetryEvent]) -> None:
    client = ScriptedClient(*[{2: ("InternalError", False)}] * ATTEMPTS)
    receipt, pauses = send(client, events)
    assert (receipt.unsent, len(client.calls)) == (1, ATTEMPTS)
    assert pauses == sorted(set(pauses))


def test_a_lost_connection_is_tried_again(events: list[TelemetryEvent]) -> None:
    client = ScriptedClient(EndpointConnectionError(endpoint_url="http://localhost"))
    receipt, _ = send(client, events)
    assert len(receipt.sent_ids) == 3


def test_a_server_that_stays_away_is_one_clear_line(events: list[TelemetryEvent]) -> None:
    client = ScriptedClient(*[EndpointConnectionError(endpoint_url="http://localhost")] * ATTEMPTS)
    with pytest.raises(SourceUnavailable, match="can't connect"):
        send(client, events)
    assert len(client.calls) == ATTEMPTS


def test_a_refusal_that_a_person_has_to_mend_is_not_tried_again(events: list[TelemetryEvent]) -> None:
    client = ScriptedClient(ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "SendMessageBatch"))
    with pytest.raises(SourceMisconfigured, match="access is denied"):
        send(client, events)
    assert len(client.calls) == 1


def test_events_go_round_the_groups_of_a_fifo_queue(events: list[TelemetryEvent]) -> None:
    client = ScriptedClient()
    send(client, events, url="http://localhost/1/telemetry.fifo", fifo_groups=2)
    entries = client.calls[0]
    assert [entry["MessageGroupId"] for entry in entries] == ["group-0", "group-1", "group-0"]
    assert [entry["MessageDeduplicationId"] for entry in entries] == [event.id for event in events]


def test_a_tier_goes_along_as_an_attribute(events: list[TelemetryEvent]) -> None:
    client = ScriptedClient()
    send(client, events, tier="batch_mode")
    assert client.calls[0][0]["MessageAttributes"]["sla_tier"]["StringValue"] == "batch_mode"


def test_events_arrive_in_a_real_queue_found_by_its_name(moto_endpoint: str, events: list[TelemetryEvent]) -> None:
    url = create_queue(moto_endpoint, "sender-by-name")
    receipt = open_queue("sender-by-name", region=REGION, endpoint_url=moto_endpoint).send(events)
    assert len(receipt.sent_ids) == 3
    received = connect(moto_endpoint).receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert {message["Body"] for message in received} == {event.body() for event in events}


def test_a_queue_that_is_not_there_is_named(moto_endpoint: str) -> None:
    with pytest.raises(SourceMisconfigured, match=r"'nowhere'.*does not exist"):
        open_queue("nowhere", region=REGION, endpoint_url=moto_endpoint)


def test_a_delay_hides_each_event_and_names_its_due_time_and_in_a_fifo_queue_it_only_names_it(
    events: list[TelemetryEvent],
) -> None:
    clock = ManualClock()
    for url, hidden in (("http://localhost/1/telemetry", [40] * 3), ("http://localhost/1/telemetry.fifo", [None] * 3)):
        client = ScriptedClient()
        send(client, events, url=url, delay_seconds=40, clock=clock)
        (entries,) = client.calls
        assert [entry.get("DelaySeconds") for entry in entries] == hidden
        due = {entry["MessageAttributes"]["not_before"]["StringValue"] for entry in entries}
        assert due == {f"{clock.utc() + 40:.3f}"}
