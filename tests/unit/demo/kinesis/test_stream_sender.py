"""What is sent to a stream arrives, a device's events in their order, or it is said which did not and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from doubles.source.stream_server import INTERNAL, THROTTLED, StreamServer
from punctuald.clock import ManualClock
from punctuald.demo.kinesis.stream_sender import ATTEMPTS, THROTTLED_ATTEMPTS, StreamSender
from punctuald.demo.sender import SendReceipt
from punctuald.demo.telemetry import TelemetryEvent, TelemetryFeed
from punctuald.errors import SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.kinesis.api.errors import StreamText

WHERE = StreamText("readings", "eu-north-1", "http://localhost")
LARGEST_BYTES = 1 << 20
NO_ANSWER = EndpointConnectionError(endpoint_url="http://localhost")


def events(*devices: str) -> list[TelemetryEvent]:
    feed = TelemetryFeed(seed=1)
    return [replace(feed.next_event(), device_id=device) for device in devices]


def sender(server: StreamServer, clock: ManualClock | None = None, **options: Any) -> StreamSender:
    clock = clock or ManualClock()
    return StreamSender(server, WHERE, LARGEST_BYTES, clock=clock, pause=clock.advance, jitter=lambda: 1.0, **options)


def ids(taken: Sequence[bytes]) -> list[str]:
    return [orjson.loads(data)["id"] for data in taken]


def keys(server: StreamServer) -> list[list[str]]:
    """Of each call's records."""
    return [[record["PartitionKey"] for record in call] for call in server.calls]


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutRecords")


def test_a_record_is_the_event_and_its_key_the_device() -> None:
    server, [event] = StreamServer(), events("a")
    assert sender(server).send([event]) == SendReceipt((event.id,), 0)
    assert server.calls == [[{"PartitionKey": "a", "Data": event.body().encode()}]]


def test_devices_go_together_and_a_devices_events_one_after_another() -> None:
    server = StreamServer()
    sender(server).send(events("a", "a", "b", "a", "b", "c"))
    assert keys(server) == [["a", "b", "c"], ["a", "b"], ["a"]]


def test_a_call_has_at_most_500_records_and_5_mib() -> None:
    server = StreamServer()
    sender(server).send(events(*(f"device-{number}" for number in range(1_100))))
    assert [len(call) for call in server.calls] == [500, 500, 100]
    server = StreamServer()
    large = [replace(event, unit="x" * 1_000_000) for event in events(*"abcdefg")]
    assert sender(server).send(large).unsent == 0
    assert [len(call) for call in server.calls] == [5, 2]


def test_what_failed_is_sent_again_before_the_rest_of_its_device_and_holds_up_no_other() -> None:
    server = StreamServer(lambda call, key: INTERNAL if (call, key) == (0, "a") else "")
    sent = events("a", "b", "a", "b")
    assert sender(server).send(sent) == SendReceipt(tuple(event.id for event in sent), 0)
    assert ids(server.taken["a"]) == [sent[0].id, sent[2].id]
    assert keys(server) == [["a", "b"], ["b"], ["a"], ["a"]]


def test_an_event_that_keeps_failing_is_given_up_and_the_next_of_its_device_follows() -> None:
    server = StreamServer(lambda call, key: INTERNAL if key == "a" and call < 2 * ATTEMPTS else "")
    sent = events("b", "a", "a", "a")
    receipt = sender(server).send(sent)
    assert (receipt.sent_ids, receipt.unsent) == ((sent[0].id, sent[3].id), 2)
    assert receipt.refusal == f"{WHERE}: InternalFailure: not now"


def test_a_throttled_stream_gets_less_and_slower_and_every_5_s_that_is_said() -> None:
    clock, server = ManualClock(), StreamServer(lambda call, _key: THROTTLED if call % 8 else "")
    said: list[str] = []
    started_mono = clock.mono()
    assert sender(server, clock, on_throttled=said.append).send(events(*"abababab")).unsent == 0
    seconds = clock.mono() - started_mono
    assert seconds > 10
    assert said[0] == f"{WHERE}: throttled, so sending slower; 2 of 8 of these events are there [{THROTTLED}]"
    assert 2 <= len(said) <= 1 + seconds / 5


def test_a_throttle_without_end_ends_in_one_clear_line_after_half_a_minute() -> None:
    clock, server = ManualClock(), StreamServer(lambda _call, _key: THROTTLED)
    started_mono = clock.mono()
    with pytest.raises(SourceUnavailable, match=f"{THROTTLED}: not now"):
        sender(server, clock).send(events("a"))
    assert len(server.calls) == THROTTLED_ATTEMPTS
    assert clock.mono() - started_mono > 30


def test_a_throttle_of_the_whole_call_is_waited_out_as_well() -> None:
    server = StreamServer(broken=dict.fromkeys(range(ATTEMPTS + 1), refusal("LimitExceededException")))
    assert sender(server).send(events("a", "b")).unsent == 0
    assert keys(server) == [["a", "b"]] * (ATTEMPTS + 2)


def test_a_record_that_is_too_large_is_one_line_and_the_others_are_sent() -> None:
    server, sent = StreamServer(), events("a", "b")
    sent[1] = replace(sent[1], unit="x" * LARGEST_BYTES)
    receipt = sender(server).send(sent)
    assert (receipt.sent_ids, receipt.unsent) == ((sent[0].id,), 1)
    size = len(sent[1].body()) + len("b")
    assert receipt.refusal == f"a record of {size:,} bytes, key and data: this stream takes up to 1,048,576"


def test_a_key_that_is_too_long_is_one_line() -> None:
    receipt = sender(StreamServer()).send(events("a" * 257))
    assert receipt == SendReceipt((), 1, "a partition key of 257 characters: it has to have 1 to 256")


def test_a_lost_connection_is_tried_again() -> None:
    server = StreamServer(broken={0: NO_ANSWER, 1: NO_ANSWER})
    assert sender(server).send(events("a", "b", "a")).unsent == 0


def test_a_server_that_stays_away_is_one_clear_line() -> None:
    server = StreamServer(broken=dict.fromkeys(range(100), NO_ANSWER))
    with pytest.raises(SourceUnavailable, match=r"^stream 'readings' \(region eu-north-1, .*\): can't connect"):
        sender(server).send(events("a", "b"))
    assert len(server.calls) == ATTEMPTS


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("AccessDeniedException", SourceMisconfigured, "PutRecords to produce"),
        ("KMSDisabledException", SourceMisconfigured, "GenerateDataKey to produce"),
        ("ResourceNotFoundException", SourceMissing, "does not exist"),
    ],
)
def test_what_a_person_has_to_mend_is_not_tried_again(code: str, kind: type[Exception], said: str) -> None:
    server = StreamServer(broken={0: refusal(code)})
    with pytest.raises(kind, match=said):
        sender(server).send(events("a"))
    assert len(server.calls) == 1


def test_what_was_sent_before_it_failed_for_good_counts_as_sent() -> None:
    server, sent = StreamServer(broken={1: refusal("AccessDeniedException")}), events("a", "a")
    receipt = sender(server).send(sent)
    assert (receipt.sent_ids, receipt.unsent) == ((sent[0].id,), 1)
    assert "access is denied" in receipt.refusal


def test_a_due_time_is_a_field_of_the_event() -> None:
    clock, server, [event] = ManualClock(), StreamServer(), events("a")
    sender(server, clock, delay_seconds=40).send([event])
    [data] = server.taken["a"]
    assert orjson.loads(data) == {**orjson.loads(event.body()), "not_before": round(clock.utc() + 40, 3)}
