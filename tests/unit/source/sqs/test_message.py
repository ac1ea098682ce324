"""SQS messages on the wire and as ours."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punctuald.model import Message
from punctuald.ports import QUEUE_ATTRIBUTE, REASON_ATTRIBUTE
from punctuald.source.sqs.message import (
    MAX_REASON_LENGTH,
    SYSTEM_ATTRIBUTES,
    copy_for_dead_letter,
    is_damaged,
    read_message,
    read_usual,
)

WIRE: dict[str, Any] = {
    "MessageId": "m1",
    "Body": "hello",
    "ReceiptHandle": "r1",
    "Attributes": {"SentTimestamp": "1700000000123", "ApproximateReceiveCount": "3", "MessageGroupId": "tenant"},
    "MessageAttributes": {
        "kind": {"DataType": "String", "StringValue": "greeting"},
        "size": {"DataType": "Number.int", "StringValue": "7"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    },
}
WHOLE = {**WIRE, "MD5OfBody": md5(b"hello", usedforsecurity=False).hexdigest(), "MessageAttributes": None}


def test_the_wire_is_read_whole() -> None:
    message = read_message(WIRE, "orders", 1_700_000_001.0, ordered=True)
    assert (message.id, message.body, message.receipt_handle) == ("m1", "hello", "r1")
    assert (message.sent_utc, message.receive_count, message.group) == (1_700_000_000.123, 3, "tenant")
    assert dict(message.attributes) == {"kind": "greeting", "size": "7"}


def test_the_tenant_of_a_fair_queue_is_no_order() -> None:
    assert read_message(WIRE, "orders", 0.0, ordered=False).group is None


def test_a_dead_letter_keeps_every_attribute_with_its_type() -> None:
    message = read_message(WIRE, "orders", 0.0, ordered=False)
    attributes = copy_for_dead_letter(message, "why", to_fifo=False)["MessageAttributes"]
    assert attributes.pop(REASON_ATTRIBUTE) == {"DataType": "String", "StringValue": "why"}
    assert attributes == WIRE["MessageAttributes"]


def test_ten_attributes_of_the_users_own_leave_no_room_for_the_reason() -> None:
    full = {f"a{number}": str(number) for number in range(10)}
    message = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0, attributes=full)
    assert set(copy_for_dead_letter(message, "why", to_fifo=False)["MessageAttributes"]) == set(full)


def test_a_dead_letter_says_which_queue_it_is_from_where_there_is_room() -> None:
    message = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0, attributes={"kind": "greeting"})
    attributes = copy_for_dead_letter(message, "why", to_fifo=False, queue="orders")["MessageAttributes"]
    assert attributes[QUEUE_ATTRIBUTE] == {"DataType": "String", "StringValue": "orders"}
    nine = {f"a{number}": str(number) for number in range(9)}
    message = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0, attributes=nine)
    attributes = copy_for_dead_letter(message, "why", to_fifo=False, queue="orders")["MessageAttributes"]
    assert set(attributes) == {*nine, REASON_ATTRIBUTE}


def test_a_message_that_was_redriven_gets_the_new_reason() -> None:
    full = {**{f"a{number}": str(number) for number in range(9)}, REASON_ATTRIBUTE: "old"}
    message = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0, attributes=full)
    attributes = copy_for_dead_letter(message, "new", to_fifo=False)["MessageAttributes"]
    assert attributes[REASON_ATTRIBUTE]["StringValue"] == "new"


@pytest.mark.parametrize(
    ("reason", "sent"),
    [("", "no reason given"), ("a\x00b\nc", "a b c"), ("a\ud800b", "a b"), ("x" * 5_000, "x" * MAX_REASON_LENGTH)],
)
def test_a_reason_is_made_fit_for_sqs(reason: str, sent: str) -> None:
    message = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0)
    attributes = copy_for_dead_letter(message, reason, to_fifo=False)["MessageAttributes"]
    assert attributes[REASON_ATTRIBUTE]["StringValue"] == sent


def test_a_fifo_dead_letter_is_sent_once_however_often_it_is_tried() -> None:
    message = read_message(WIRE, "orders.fifo", 0.0, ordered=True)
    parameters = copy_for_dead_letter(message, "why", to_fifo=True)
    assert (parameters["MessageGroupId"], parameters["MessageDeduplicationId"]) == ("tenant", "m1")


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x", "ü", "\ud800", 5, -1, 10**30, [], {}, True, "1", "-1", 1e300]
)
ODD_WIRES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("MessageId", "ReceiptHandle", "Body", "MD5OfBody", "Attributes", "Messages"), ODD),
)
ODD_SYSTEM = st.dictionaries(st.sampled_from([*SYSTEM_ATTRIBUTES, "SenderId"]), ODD)


@given(changed=ODD_WIRES, system=st.none() | ODD_SYSTEM, ordered=st.booleans(), one_group=st.sampled_from([None, "g"]))
def test_the_quick_look_finds_what_the_careful_one_does_or_nothing(
    changed: dict[str, Any], system: dict[str, Any] | None, ordered: bool, one_group: str | None
) -> None:
    wire = {**WHOLE, **changed}
    if system is not None:
        wire["Attributes"] = {**WHOLE["Attributes"], **system}
    quick = read_usual(wire, "orders", 1.0, ordered=ordered, one_group=one_group)
    if quick is not None:
        assert not is_damaged(wire)
        assert quick == read_message(wire, "orders", 1.0, ordered=ordered, one_group=one_group)


def test_a_message_as_sqs_writes_it_is_one_for_the_quick_look() -> None:
    quick = read_usual(WHOLE, "orders", 1.0, ordered=False)
    assert quick == read_message(WHOLE, "orders", 1.0, ordered=False)
    assert quick is not None


def test_an_id_that_copies_are_told_by_is_looked_at_only_where_it_was_asked_for() -> None:
    """A server may send it all the same."""
    wire = {**WHOLE, "Attributes": {**WHOLE["Attributes"], "MessageGroupId": "g", "MessageDeduplicationId": "7"}}
    quick = read_usual(wire, "orders", 1.0, ordered=True)
    assert quick is not None
    assert quick == read_message(wire, "orders", 1.0, ordered=True)
    assert quick.deduplication_id == ""
    assert read_usual(wire, "orders", 1.0, ordered=True, deduplicated=True) is None
    assert read_message(wire, "orders", 1.0, ordered=True, deduplicated=True).deduplication_id == "7"
