"""A dead-lettered message as it is sent again: as its producer sent it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.policy.queues.destination import Origin
from punctuald.ports import QUEUE_ATTRIBUTE
from punctuald.queue_tools.received import TRACE_HEADER, Letter
from punctuald.source.sqs.message import OUR_ATTRIBUTES, sendable_attributes

STREAM_ATTRIBUTE = "punctuald.stream"
"""On a rejected record of a Kinesis stream: its stream."""


def origin_of(letter: Letter, sources: tuple[str, ...]) -> Origin:
    """What it says of where it came from; ``sources`` are the ARNs of all queues that send dead letters here."""
    said = letter.message.attributes
    return Origin(letter.moved_from, said.get(QUEUE_ATTRIBUTE, ""), said.get(STREAM_ATTRIBUTE, ""), sources)


def entry_for(letter: Letter, *, to_fifo: bool) -> dict[str, Any]:
    """An entry of SendMessageBatch, but for its id: the same body, attributes, group and trace.

    The deduplication id is the dead letter's own id: whoever sends it twice, because the first answer was lost or a run
    was killed, makes one message of it within SQS's five minutes. The producer's own id would make SQS drop a message
    that was dead-lettered and is put back within that time.
    """
    message = letter.message
    attributes = {name: wire for name, wire in sendable_attributes(message).items() if name not in OUR_ATTRIBUTES}
    entry: dict[str, Any] = {"MessageBody": message.body, "MessageAttributes": attributes}
    group = message.group or message.tenant
    if to_fifo:
        entry["MessageGroupId"] = group or message.id
        entry["MessageDeduplicationId"] = message.id
    elif group:
        entry["MessageGroupId"] = group
    if letter.trace_header:
        entry["MessageSystemAttributes"] = {TRACE_HEADER: {"DataType": "String", "StringValue": letter.trace_header}}
    return entry


def size_of(entry: Mapping[str, Any]) -> int:
    """In bytes, as SQS counts: the body, and each attribute's name, type and value."""
    body: str = entry["MessageBody"]
    return len(body.encode()) + sum(_attribute_size(*each) for each in entry["MessageAttributes"].items())


def _attribute_size(name: str, wire: Mapping[str, Any]) -> int:
    raw = wire.get("BinaryValue")
    value = raw if raw is not None else str(wire.get("StringValue", "")).encode()
    return len(name.encode()) + len(str(wire.get("DataType", "")).encode()) + len(value)
