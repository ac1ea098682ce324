"""Messages as SQS's JSON protocol writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from chaos.sqs.stored import Post, StoredMessage

SENDER = "AIDACHAOS"


def read_post(entry: Mapping[str, Any]) -> Post:
    """SendMessage's parameters, or an entry of SendMessageBatch."""
    return Post(
        body=entry["MessageBody"],
        attributes=entry.get("MessageAttributes") or {},
        group=entry.get("MessageGroupId"),
        deduplication_id=entry.get("MessageDeduplicationId", ""),
        delay_seconds=entry.get("DelaySeconds"),
    )


def write_message(message: StoredMessage, asked: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of ReceiveMessage's answer, with the attributes that the call asks for."""
    written: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": message.handle,
        "MD5OfBody": md5(message.post.body),
        "Body": message.post.body,
    }
    wanted = {*asked.get("MessageSystemAttributeNames", ()), *asked.get("AttributeNames", ())}
    system = {name: value for name, value in _system(message).items() if name in wanted or "All" in wanted}
    if system:
        written["Attributes"] = system
    if message.post.attributes and asked.get("MessageAttributeNames"):
        written["MessageAttributes"] = message.post.attributes
    return written


def md5(text: str) -> str:
    """The checksum that clients check."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _system(message: StoredMessage) -> dict[str, str]:
    attributes = {
        "SentTimestamp": str(message.sent_ms),
        "ApproximateReceiveCount": str(message.receive_count),
        "ApproximateFirstReceiveTimestamp": str(message.first_received_ms),
        "SenderId": SENDER,
    }
    if message.group is not None:
        attributes["MessageGroupId"] = message.group
        attributes["SequenceNumber"] = f"{message.sequence:020d}"
        attributes["MessageDeduplicationId"] = message.post.deduplication_id
    return attributes
