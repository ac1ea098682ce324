"""An SQS message on the wire, and as ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from hashlib import md5 as _digest
from types import MappingProxyType
from typing import Any

from punctuald.model import NO_ATTRIBUTES, Message, message_value
from punctuald.ports import QUEUE_ATTRIBUTE, REASON_ATTRIBUTE

from .answers import (
    LATEST_MS,
    MOST_RECEIVES,
    UnreadableField,
    optional_text_in,
    receive_count_in,
    sent_utc_in,
    text_in,
)

SYSTEM_ATTRIBUTES = ["SentTimestamp", "ApproximateReceiveCount", "MessageGroupId"]
"""What we ask for by name: «All» brings the sender's identity and more in every message, for nothing."""

DEDUPLICATION = "MessageDeduplicationId"
"""Asked for as well where a producer may have sent the same to another region."""

MAX_ATTRIBUTES = 10
"""SQS takes no more on one message."""

MAX_REASON_LENGTH = 1_000

OUR_ATTRIBUTES = frozenset({REASON_ATTRIBUTE, QUEUE_ATTRIBUTE})
"""What a copy in a dead-letter queue has beside its producer's."""

NO_WIRE_ATTRIBUTES: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


@message_value
class SqsMessage(Message):
    """A `Message` that remembers its attributes as SQS gave them.

    A handler sees strings; a copy for the dead-letter queue needs the types (Number, Binary, custom) as well.
    """

    wire_attributes: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: NO_WIRE_ATTRIBUTES,  # not default=: CPython 3.11 takes a mapping proxy for mutable
        repr=False,
    )


def read_usual(
    wire: Any,
    queue: str,
    received_utc: float,
    *,
    ordered: bool,
    one_group: str | None = None,
    deduplicated: bool = False,
) -> Message | None:
    """What `is_damaged` and `read_message` come to for an entry as SQS writes it, in two thirds of their time: it is
    nearly always one. None where it takes their careful look."""
    try:
        message_id, handle, body, system = wire["MessageId"], wire["ReceiptHandle"], wire["Body"], wire["Attributes"]
        sent_ms, receives = int(system["SentTimestamp"]), int(system["ApproximateReceiveCount"])
        group = system.get("MessageGroupId")
        plain = message_id.isascii() and handle.isascii() and (group is None or group.isascii())
        whole = wire["MD5OfBody"] == _digest(body.encode(), usedforsecurity=False).hexdigest()
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError):  # missing, or of another kind
        return None
    known = message_id and handle and group != "" and 0 <= sent_ms < LATEST_MS and 1 <= receives <= MOST_RECEIVES
    if not (plain and whole and known) or wire.get("MessageAttributes") or (deduplicated and DEDUPLICATION in system):
        return None
    group, tenant = ((one_group or group), None) if ordered else (None, group)
    return Message(
        message_id, queue, body, handle, sent_ms / 1000, received_utc, receives, group, NO_ATTRIBUTES, "", 0, tenant
    )


def is_damaged(wire: Any) -> bool:
    """Whether its body is not the one that its sender's SQS took the MD5 of. Raises `UnreadableField`."""
    if not isinstance(wire, dict):
        raise UnreadableField("Messages")
    try:
        encoded = wire["Body"].encode()
    except (LookupError, AttributeError, UnicodeEncodeError) as error:  # the last one at half a character, which no
        raise UnreadableField("Body") from error  # SQS lets through, and which we could not send on
    digest = wire.get("MD5OfBody")
    return digest is not None and digest != _digest(encoded, usedforsecurity=False).hexdigest()


def read_message(
    wire: Mapping[str, Any],
    queue: str,
    received_utc: float,
    *,
    ordered: bool,
    one_group: str | None = None,
    deduplicated: bool = False,
) -> Message:
    """One entry of a ReceiveMessage answer: an `SqsMessage` where it has attributes of its sender's.

    ``one_group`` is the group of all messages of a FIFO queue whose server does not name their groups.
    ``deduplicated``: its MessageDeduplicationId was asked for; servers may send it unasked. A message that does not say
    when it was sent counts as sent when it was received. Raises `UnreadableField`.
    """
    system, typed = wire.get("Attributes") or {}, wire.get("MessageAttributes")
    if not isinstance(system, dict):
        raise UnreadableField("Attributes")
    sent_utc, receives = sent_utc_in(system), receive_count_in(system)
    named = optional_text_in(system, "MessageGroupId")
    # on a standard queue it is a fair queue's tenant, which keeps no order
    group, tenant = ((one_group or named), None) if ordered else (None, named)
    message_id, handle, body = text_in(wire, "MessageId"), text_in(wire, "ReceiptHandle"), wire["Body"]
    if sent_utc is None:
        sent_utc = received_utc
    # By position: names cost as much as the rest of it.
    own_id = (optional_text_in(system, DEDUPLICATION) or "") if deduplicated else ""
    known = (message_id, queue, body, handle, sent_utc, received_utc, receives, group)
    if not typed:
        return Message(*known, NO_ATTRIBUTES, "", 0, tenant, deduplication_id=own_id)
    wires = _read_attributes(typed)
    texts = _texts(wires)
    return SqsMessage(*known, texts, "", 0, tenant, deduplication_id=own_id, wire_attributes=wires)


def copy_for_dead_letter(message: Message, reason: str, *, to_fifo: bool, queue: str = "") -> dict[str, Any]:
    """SendMessage's parameters: the same body, attributes and group or tenant, the reason, and which ``queue`` it is
    from; "" = nobody knows.

    Whether these two found room is seen in the attributes: a user's own are never dropped for them.
    """
    attributes = _with(sendable_attributes(message), REASON_ATTRIBUTE, sendable_text(reason))
    if queue:
        attributes = _with(attributes, QUEUE_ATTRIBUTE, queue)
    parameters: dict[str, Any] = {"MessageBody": message.body, "MessageAttributes": attributes}
    if to_fifo:
        parameters["MessageGroupId"] = message.group or message.tenant or message.id
        # a second try after a lost answer within SQS's five minutes makes no second copy
        parameters["MessageDeduplicationId"] = message.id
    elif message.tenant:
        parameters["MessageGroupId"] = message.tenant  # so that a redrive from there is as fair as the queue was
    return parameters


def without_ours(copy: Mapping[str, Any]) -> dict[str, Any]:
    """The same parameters, but for what we added: attributes count toward the size of a message."""
    attributes = {name: value for name, value in copy["MessageAttributes"].items() if name not in OUR_ATTRIBUTES}
    return {**copy, "MessageAttributes": attributes}


def _read_attributes(typed: Any) -> dict[str, Mapping[str, Any]]:
    """Without nulls, and with nothing that could not be sent on."""
    if not isinstance(typed, dict):
        raise UnreadableField("MessageAttributes")
    attributes: dict[str, Mapping[str, Any]] = {}
    for name, value in typed.items():
        if value is None:
            continue
        if not isinstance(value, dict) or not name.isprintable():  # as half a character is not
            raise UnreadableField("MessageAttributes")
        attributes[name] = _read_attribute(value)
    return attributes


def _read_attribute(value: Mapping[str, Any]) -> Mapping[str, Any]:
    kind, text, raw = value.get("DataType"), value.get("StringValue"), value.get("BinaryValue")
    if type(kind) is str and type(text) is str and len(value) == _KIND_AND_TEXT and text.isascii() and kind.isascii():
        return value  # as nearly always
    read = {"DataType": kind, "StringValue": text, "BinaryValue": raw}
    wrong = [name for name, kinds in _KINDS.items() if read[name] is not None and not isinstance(read[name], kinds)]
    if wrong:
        raise UnreadableField(wrong[0])
    try:
        f"{kind}{text}".encode()
    except UnicodeEncodeError as error:
        raise UnreadableField("StringValue") from error
    return {name: part for name, part in read.items() if part is not None}


_KIND_AND_TEXT = 2
_KINDS = {"DataType": str, "StringValue": str, "BinaryValue": bytes}


def _texts(wire_attributes: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    """String and Number attributes as text; binary ones are not shown to handlers."""
    return {name: value["StringValue"] for name, value in wire_attributes.items() if "StringValue" in value}


def sendable_attributes(message: Message) -> dict[str, Mapping[str, Any]]:
    """Those of a message with their types, as a send takes them."""
    if isinstance(message, SqsMessage):
        return dict(message.wire_attributes)
    return {name: string_attribute(text) for name, text in message.attributes.items()}


def _with(attributes: dict[str, Mapping[str, Any]], name: str, text: str) -> dict[str, Mapping[str, Any]]:
    if name not in attributes and len(attributes) >= MAX_ATTRIBUTES:
        return attributes
    return {**attributes, name: string_attribute(text)}


def string_attribute(text: str) -> dict[str, str]:
    """A message attribute of this text."""
    return {"DataType": "String", "StringValue": text}


def sendable_text(reason: str, most: int = MAX_REASON_LENGTH) -> str:
    """One that SQS takes as an attribute: not empty, no control characters or lone surrogates, not long."""
    visible = "".join(character if character.isprintable() else " " for character in reason)
    return visible[:most].strip() or "no reason given"
