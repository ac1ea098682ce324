"""A queue and its dead-letter queue on a server that is not ours, as any client sees them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from punctuald.demo.queues import connect, create_queue
from punctuald.ports import REASON_ATTRIBUTE
from punctuald.source.sqs.names import dead_letter_name, queue_name

COUNTERS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
LARGEST_BATCH = 10


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the server took. ``mono`` is the time before the call."""

    message_id: str
    body: str
    group: str | None
    mono: float


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What lies in the dead-letter queue. ``reason`` is the daemon's, "" where the server itself moved it there."""

    body: str
    reason: str


class OutsideQueue:
    """Made for one scenario, under a name of its own."""

    def __init__(
        self, endpoint_url: str, stem: str, *, fifo: bool, visibility_seconds: int, max_receive_count: int
    ) -> None:
        self._fifo = fifo
        self.name = queue_name(f"{stem}-{uuid.uuid4().hex[:8]}", fifo=fifo)
        self._url = create_queue(
            endpoint_url,
            self.name,
            fifo=fifo,
            visibility_seconds=visibility_seconds,
            dead_letter=max_receive_count,
        )
        self._client = connect(endpoint_url)
        self._dead_url = self._client.get_queue_url(QueueName=dead_letter_name(self.name))["QueueUrl"]

    def send(self, posts: Sequence[dict[str, Any]]) -> list[Sent]:
        """In their order. A post has a body and a group."""
        sent: list[Sent] = []
        for begin in range(0, len(posts), LARGEST_BATCH):
            sent += self._send_batch(posts[begin : begin + LARGEST_BATCH])
        return sent

    def unfinished(self) -> int:
        """How many messages the server counts in the queue, visible or not; all three servers count exactly."""
        answer = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(COUNTERS))
        return sum(int(answer["Attributes"][name]) for name in COUNTERS)

    def dead_letters(self) -> Iterator[DeadLetter]:
        """Everything in the dead-letter queue; it is taken out, for a group's next one only comes then."""
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._dead_url, MaxNumberOfMessages=LARGEST_BATCH, MessageAttributeNames=["All"]
            )
            if not answer.get("Messages"):
                return
            for message in answer["Messages"]:
                reason = message.get("MessageAttributes", {}).get(REASON_ATTRIBUTE, {})
                yield DeadLetter(message["Body"], reason.get("StringValue", ""))
                self._client.delete_message(QueueUrl=self._dead_url, ReceiptHandle=message["ReceiptHandle"])

    def _send_batch(self, posts: Sequence[dict[str, Any]]) -> list[Sent]:
        entries = [self._entry(number, post) for number, post in enumerate(posts)]
        begun_mono = time.monotonic()
        answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        if answer.get("Failed"):
            raise RuntimeError(f"the server refused to take messages: {answer['Failed']}")
        ids = {entry["Id"]: entry["MessageId"] for entry in answer["Successful"]}
        return [Sent(ids[str(number)], post["body"], post["group"], begun_mono) for number, post in enumerate(posts)]

    def _entry(self, number: int, post: dict[str, Any]) -> dict[str, str]:
        entry = {"Id": str(number), "MessageBody": post["body"]}
        if self._fifo:
            entry |= {"MessageGroupId": post["group"], "MessageDeduplicationId": uuid.uuid4().hex}
        return entry
