"""What SQS answered, read so that nothing odd in it gets any further: a part that can't be read costs itself.

Nulls are nothing, at every depth, as botocore has it. Servers that are almost SQS leave out fields, or write a number
where SQS writes its text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from punctuald.errors import SourceUnavailable

UNREADABLE = "UnreadableAnswer"
MOST_MESSAGES = 10**12
"""No queue is longer: a server that says so knows nothing."""

LATEST_MS = 2**32 * 1000
"""The year 2106: what claims to be later is no time, and calendars end before the largest number does."""

MOST_RECEIVES = 2**31 - 1

NO_NUMBER = (TypeError, ValueError, OverflowError, LookupError)
"""What ``int`` raises for what is none, and a mapping for what is not there."""

LONGEST_DELAY_SECONDS = 900
"""DelaySeconds of a queue or a message (SQS API reference)."""


ARN_COLONS = 5
"""arn:partition:sqs:region:account:name."""


class Redrive(NamedTuple):
    """A queue's redrive policy: maxReceiveCount and deadLetterTargetArn."""

    max_receives: int
    dead_letter_arn: str


class UnreadableField(Exception):
    """It is missing, or not of its kind."""


def unreadable(queue: str, operation: str, fault: str) -> SourceUnavailable:
    """The error for an answer that came whole and does not say what it should."""
    return SourceUnavailable(f"queue {queue!r}: the answer to {operation} {fault}", code=UNREADABLE)


def messages_in(answer: Mapping[str, Any], queue: str) -> Sequence[Any]:
    """Of ReceiveMessage, whatever each of them is. Raises `SourceUnavailable`."""
    return _list_in(answer, "Messages", queue, "ReceiveMessage")


def failed_in(answer: Mapping[str, Any], queue: str, operation: str) -> Sequence[Any]:
    """The failed entries of a batch call. Raises `SourceUnavailable`."""
    return _list_in(answer, "Failed", queue, operation)


def url_in(answer: Mapping[str, Any], queue: str) -> str:
    """Of GetQueueUrl. Raises `SourceUnavailable`."""
    url = answer.get("QueueUrl")
    if not isinstance(url, str) or not url or not _is_sendable(url):
        raise unreadable(queue, "GetQueueUrl", "has no URL")
    return url


def attributes_in(answer: Mapping[str, Any], queue: str) -> Mapping[str, Any]:
    """Of GetQueueAttributes. Raises `SourceUnavailable`."""
    attributes = answer.get("Attributes")
    if attributes is None:
        return {}
    if not isinstance(attributes, dict):
        raise unreadable(queue, "GetQueueAttributes", "has attributes of no known form")
    return attributes


def redrive_in(attributes: Mapping[str, Any], queue: str) -> Redrive | None:
    """The redrive policy; None without one. Raises `SourceUnavailable`."""
    written = attributes.get("RedrivePolicy")
    if written is None or written == "":
        return None
    try:
        policy = orjson.loads(written)
        most, arn = int(policy["maxReceiveCount"]), policy["deadLetterTargetArn"]
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise unreadable(queue, "GetQueueAttributes", "has a redrive policy of no known form") from error
    known = isinstance(arn, str) and arn.count(":") >= ARN_COLONS and _is_sendable(arn) and 1 <= most <= MOST_RECEIVES
    if not known:
        raise unreadable(queue, "GetQueueAttributes", "has a redrive policy of no known form")
    return Redrive(most, arn)


def delay_in(attributes: Mapping[str, Any]) -> float:
    """For how many seconds the queue hides new messages; 0 where that is not said, or said as no delay can be."""
    seconds = whole_number(attributes.get("DelaySeconds"))
    return float(seconds) if seconds is not None and 0 <= seconds <= LONGEST_DELAY_SECONDS else 0.0


def count_in(attributes: Mapping[str, Any], name: str, queue: str) -> int:
    """A number of messages. Raises `SourceUnavailable`: unknown is not zero."""
    count = whole_number(attributes.get(name))
    if count is None or not 0 <= count <= MOST_MESSAGES:
        raise unreadable(queue, "GetQueueAttributes", f"has no number as {name}")
    return count


def text_in(holder: Mapping[str, Any], name: str) -> str:
    """One that is not empty and can be sent back. Raises `UnreadableField`."""
    text = holder.get(name)
    if type(text) is str and text and text.isascii():
        return text  # as nearly always; a call less for each message
    if not isinstance(text, str) or not text or not _is_sendable(text):
        raise UnreadableField(name)
    return text


def optional_text_in(holder: Mapping[str, Any], name: str) -> str | None:
    """The same, and None where it is missing or of another kind."""
    text = holder.get(name)
    if text is None:
        return None
    return text if isinstance(text, str) and text and _is_sendable(text) else None


def sent_utc_in(system: Mapping[str, Any]) -> float | None:
    """When a message was sent: None where that is not said, or said as no time can be."""
    try:
        milliseconds = int(system["SentTimestamp"])
    except NO_NUMBER:
        return None
    return milliseconds / 1000 if 0 <= milliseconds < LATEST_MS else None


def receive_count_in(system: Mapping[str, Any]) -> int:
    """1 where it is not said, or said as no count can be."""
    try:
        receives = int(system["ApproximateReceiveCount"])
    except NO_NUMBER:
        return 1
    return receives if 1 <= receives <= MOST_RECEIVES else 1


def whole_number(written: Any) -> int | None:
    """SQS writes numbers as text, others as numbers; None for what is none."""
    try:
        return int(written)
    except NO_NUMBER:
        return None


def _list_in(answer: Mapping[str, Any], name: str, queue: str, operation: str) -> Sequence[Any]:
    entries = answer.get(name)
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise unreadable(queue, operation, f"has {name} that are no list")
    return entries


def _is_sendable(text: str) -> bool:
    """Not with half a character in it (a lone surrogate), which JSON can say and UTF-8 can't: we could not send it."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
