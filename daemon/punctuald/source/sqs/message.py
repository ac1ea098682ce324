"""An SQS message on the wire, and as ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from hashlib import md5 as _digest
from types import MappingProxyType
from typing import Any

import structlog

from punctuald.model import NO_ATTRIBUTES, Message, message_value
from punctuald.ports import REASON_ATTRIBUTE

SYSTEM_ATTRIBUTES = ["SentTimestamp", "ApproximateReceiveCount", "MessageGroupId"]
"""What we ask for by name: «All» brings the sender's identity and more in every message, for nothing."""

MAX_ATTRIBUTES = 10
"""SQS takes no more on one message."""

MAX_REASON_LENGTH = 1_000
NO_WIRE_ATTRIBUTES: Mapping[str, Mapping[str, Any]] = MappingProxyType({})

log = structlog.get_logger()


@message_value
class SqsMessage(Message):
    """A `Message` that remembers its attributes as SQS gave them.

    A handler sees strings; a copy for the dead-letter queue needs the types (Number, Binary, custom) as well.
    """

    wire_attributes: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: NO_WIRE_ATTRIBUTES,  # not default=: CPython 3.11 takes a mapping proxy for mutable
        repr=False,
    )


def read_messages(
    wires: Iterable[Mapping[str, Any]], queue: str, received_utc: float, *, ordered: bool
) -> list[Message]:
    """The entries of a ReceiveMessage answer. One whose body is not the one that its sender's SQS took the MD5 of is
    let lie: its next delivery may be whole."""
    messages: list[Message] = []
    for wire in wires:
        digest = wire.get("MD5OfBody")
        # surrogatepass: half a character, which no SQS lets through, must end as a mismatch and not as an exception
        body = wire["Body"].encode("utf-8", "surrogatepass")
        if digest is None or digest == _digest(body, usedforsecurity=False).hexdigest():
            messages.append(read_message(wire, queue, received_utc, ordered=ordered))
        else:
            log.warning("source.body_damaged", queue=queue, message_id=wire["MessageId"])
    return messages


def read_message(wire: Mapping[str, Any], queue: str, received_utc: float, *, ordered: bool) -> Message:
    """One entry of a ReceiveMessage answer: an `SqsMessage` where it has attributes of its sender's."""
    system = wire.get("Attributes") or NO_ATTRIBUTES
    sent_ms = system.get("SentTimestamp")
    sent_utc = received_utc if sent_ms is None else int(sent_ms) / 1000
    receives = int(system.get("ApproximateReceiveCount", 1))
    # a standard queue may carry a group id too (a fair queue's tenant), which keeps no order
    group = system.get("MessageGroupId") if ordered else None
    typed = wire.get("MessageAttributes")
    message_id, body, handle = wire["MessageId"], wire["Body"], wire["ReceiptHandle"]
    if not typed:
        return Message(message_id, queue, body, handle, sent_utc, received_utc, receives, group)
    texts = _texts(typed)
    return SqsMessage(
        message_id, queue, body, handle, sent_utc, received_utc, receives, group, texts, wire_attributes=typed
    )


def copy_for_dead_letter(message: Message, reason: str, *, to_fifo: bool) -> dict[str, Any]:
    """SendMessage's parameters: the same body, attributes and group, and the reason.

    Whether the reason found room is seen in the attributes: a user's own are never dropped for it.
    """
    parameters: dict[str, Any] = {
        "MessageBody": message.body,
        "MessageAttributes": _with_reason(_sendable_attributes(message), reason),
    }
    if to_fifo:
        parameters["MessageGroupId"] = message.group or message.id
        # a second try after a lost answer within SQS's five minutes makes no second copy
        parameters["MessageDeduplicationId"] = message.id
    return parameters


def _texts(wire_attributes: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    """String and Number attributes as text; binary ones are not shown to handlers."""
    return {name: value["StringValue"] for name, value in wire_attributes.items() if "StringValue" in value}


def _sendable_attributes(message: Message) -> dict[str, Mapping[str, Any]]:
    if isinstance(message, SqsMessage):
        return dict(message.wire_attributes)
    return {name: _string_attribute(text) for name, text in message.attributes.items()}


def _with_reason(attributes: dict[str, Mapping[str, Any]], reason: str) -> dict[str, Mapping[str, Any]]:
    if REASON_ATTRIBUTE not in attributes and len(attributes) >= MAX_ATTRIBUTES:
        return attributes
    return {**attributes, REASON_ATTRIBUTE: _string_attribute(_sendable_text(reason))}


def _string_attribute(text: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": text}


def _sendable_text(reason: str) -> str:
    """One that SQS takes as an attribute: not empty, no control characters or lone surrogates, not long."""
    visible = "".join(character if character.isprintable() else " " for character in reason)
    return visible[:MAX_REASON_LENGTH].strip() or "no reason given"
