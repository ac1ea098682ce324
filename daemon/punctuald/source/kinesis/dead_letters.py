"""Copies of rejected records, to the dead-letter queue in SQS."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from punctuald.errors import SourceError
from punctuald.model import Failure, Message, Metric
from punctuald.ports import DEAD_LETTER_REFUSED, NO_DEAD_LETTER_QUEUE, REASON_ATTRIBUTE
from punctuald.source.sqs.dead_letter import refusal_of
from punctuald.source.sqs.message import MAX_REASON_LENGTH, sendable_text, string_attribute
from punctuald.source.sqs.queue import SqsQueue

STREAM_ATTRIBUTE = "punctuald.stream"
SHARD_ATTRIBUTE = "punctuald.shard"
SEQUENCE_ATTRIBUTE = "punctuald.sequence_number"
"""With the sub-sequence number behind a colon where the record was one of several in a packed one."""
KEY_ATTRIBUTE = "punctuald.partition_key"
ENCODING_ATTRIBUTE = "punctuald.encoding"
"""base64: the body is the data so encoded; empty: there was no data, which SQS takes from nobody."""
VALUE_ATTRIBUTE = "punctuald.value_left_out"

NO_BODY = "-"
LEAST_REASON_LENGTH = 60

_SENDABLE = re.compile(r"[\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]+")
"""What SendMessage takes in a body: XML 1.0's characters (SQS API reference)."""

_FIFO_ID = re.compile(r"[!-~]{1,128}")
"""What it takes as MessageGroupId and MessageDeduplicationId: letters, digits and punctuation of ASCII."""


class DeadLetters:
    """To ``queue``, which is found when the first record is rejected; None = there is none. It is closed with this.

    ``stream`` is the stream's name at AWS, as the copies bear it.
    """

    def __init__(self, stream: str, queue: SqsQueue | None) -> None:
        self._stream = stream
        self._queue = queue

    async def copy(self, record: Message, reason: str) -> Sequence[Failure]:
        """The record's data, with the reason and where it stood; nothing where SQS has confirmed it. Where that is too
        large, less and less of it: the data is still in the stream, for as long as that keeps it.

        The failure, not to be tried again, where there is no such queue or it takes none of these. Raises `SourceError`
        for what may pass: the queue is away, or not there yet.
        """
        if self._queue is None:
            return [_failure(record, NO_DEAD_LETTER_QUEUE, f"stream {record.queue!r} has no dead-letter queue")]
        refusal: SourceError | None = None
        ordering = _ordering(record) if self._queue.ordered else {}
        for letter in _letters(record, reason, self._stream):
            sending = self._queue.call(Metric.REQUEST_DEAD_LETTER, "SendMessage", {**letter, **ordering})
            refusal = await refusal_of(sending)
            if refusal is None:
                return ()
        return [_failure(record, DEAD_LETTER_REFUSED, str(refusal))]

    async def close(self) -> None:
        """Nothing is under way any more: each copy was waited for."""
        if self._queue is not None:
            await self._queue.close()


def _letters(record: Message, reason: str, stream: str) -> Iterator[dict[str, Any]]:
    """SendMessage's parameters: all of it, then ever less."""
    body, encoding = _body(record.data)
    stood = _place(record, stream)
    whole = {**stood, **({ENCODING_ATTRIBUTE: encoding} if encoding else {})}
    without = {**stood, VALUE_ATTRIBUTE: "true"}
    yield _letter(body, {**whole, REASON_ATTRIBUTE: sendable_text(reason)})
    yield _letter(body, {**whole, REASON_ATTRIBUTE: sendable_text(reason, LEAST_REASON_LENGTH)})
    yield _letter(NO_BODY, {**without, REASON_ATTRIBUTE: sendable_text(reason, MAX_REASON_LENGTH)})


def _letter(body: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    typed = {name: string_attribute(text) for name, text in attributes.items()}
    return {"MessageBody": body, "MessageAttributes": typed}


def _body(data: bytes) -> tuple[str, str]:
    """As SQS takes it, and how it is encoded: "" = not at all."""
    if not data:
        return NO_BODY, "empty"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    return (text, "") if _SENDABLE.fullmatch(text) else (base64.b64encode(data).decode(), "base64")


def _place(record: Message, stream: str) -> dict[str, str]:
    """Where it stood. A key may have characters that no attribute can: they are written as Python would."""
    key = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in record.group or "")
    return {
        STREAM_ATTRIBUTE: stream,
        SHARD_ATTRIBUTE: record.partition,
        SEQUENCE_ATTRIBUTE: record.id.rpartition("/")[2],
        KEY_ATTRIBUTE: key,
    }


def _ordering(record: Message) -> dict[str, str]:
    """What a FIFO queue wants. A second try after a lost answer within SQS's five minutes makes no second copy."""
    return {"MessageGroupId": _fifo_id(record.group or ""), "MessageDeduplicationId": _fifo_id(record.id)}


def _fifo_id(text: str) -> str:
    return text if _FIFO_ID.fullmatch(text) else sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _failure(record: Message, code: str, text: str) -> Failure:
    return Failure(record.receipt_handle, code, text, retryable=False)
