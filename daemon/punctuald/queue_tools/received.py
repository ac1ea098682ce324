"""Messages that an operator's command receives, with what SQS says of their past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from punctuald.model import Message
from punctuald.source.sqs.answers import UnreadableField, messages_in, optional_text_in
from punctuald.source.sqs.message import is_damaged, read_message
from punctuald.source.sqs.names import FIFO_SUFFIX

from .calls import SqsCalls

MOVED_FROM = "DeadLetterQueueSourceArn"
TRACE_HEADER = "AWSTraceHeader"


@dataclass(frozen=True, slots=True)
class Letter:
    """``moved_from``: the ARN of the queue that SQS moved it from by itself, "" where it did not; ``trace_header``:
    X-Ray's, "" without one."""

    message: Message
    moved_from: str
    trace_header: str


@dataclass(frozen=True, slots=True)
class Received:
    """``unreadable``: ids of messages that can't be read whole, or whose body is not the one that was sent."""

    letters: tuple[Letter, ...]
    unreadable: tuple[str, ...]


def receive(
    calls: SqsCalls,
    name: str,
    url: str,
    *,
    most: int,
    hidden_seconds: int,
    now_utc: float,
    wait_seconds: int,
) -> Received:
    """One long poll. Raises `SourceError`."""
    asked = {
        "MaxNumberOfMessages": most,
        "VisibilityTimeout": hidden_seconds,
        "WaitTimeSeconds": wait_seconds,
        "MessageAttributeNames": ["All"],
        "MessageSystemAttributeNames": ["All"],
        "AttributeNames": ["All"],  # for servers that are almost SQS, and know only the old name
    }
    answer = calls("receive_message", name, QueueUrl=url, **asked)
    wires = [wire for wire in messages_in(answer, name) if isinstance(wire, dict)]
    letters = list(_letters(wires, name, now_utc, ordered=url.endswith(FIFO_SUFFIX)))
    readable = {letter.message.receipt_handle for letter in letters}
    unreadable = [str(wire.get("MessageId")) for wire in wires if wire.get("ReceiptHandle") not in readable]
    return Received(tuple(letters), tuple(unreadable))


def _letters(wires: list[dict[str, Any]], name: str, now_utc: float, *, ordered: bool) -> Iterator[Letter]:
    for wire in wires:
        try:
            if not is_damaged(wire):
                yield _letter(wire, read_message(wire, name, now_utc, ordered=ordered, deduplicated=ordered))
        except UnreadableField:
            continue  # it is counted by who compares what came with what was read


def _letter(wire: Mapping[str, Any], message: Message) -> Letter:
    system = wire.get("Attributes") or {}
    moved_from, trace_header = optional_text_in(system, MOVED_FROM), optional_text_in(system, TRACE_HEADER)
    return Letter(message, moved_from or "", trace_header or "")
