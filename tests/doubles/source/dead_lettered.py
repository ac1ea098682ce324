"""A queue with its dead-letter queue on a real server, made for one test, with dead letters in it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from punctuald.demo.queues import connect, create_queue
from punctuald.ports import QUEUE_ATTRIBUTE, REASON_ATTRIBUTE
from punctuald.source.sqs.names import dead_letter_name, name_in_url

LARGEST_BATCH = 10


class DeadLettered:
    """``name`` is the queue's, ``dead_name`` that of its dead-letter queue."""

    def __init__(
        self, endpoint_url: str, *, fifo: bool = False, receives: int = 3, visibility_seconds: int = 30
    ) -> None:
        self.endpoint_url = endpoint_url
        self.fifo = fifo
        self.client = connect(endpoint_url)
        stem = f"redriven-{uuid.uuid4().hex[:8]}"
        self.url = create_queue(
            endpoint_url, stem, fifo=fifo, dead_letter=receives, visibility_seconds=visibility_seconds
        )
        self.name = name_in_url(self.url)
        self.dead_name = dead_letter_name(self.name)
        self.dead_url = self.client.get_queue_url(QueueName=self.dead_name)["QueueUrl"]

    def put(
        self, *bodies: str, group: str = "g", reason: str = "failed", queue: str | None = None, **texts: str
    ) -> None:
        """Dead letters as the daemon makes them: its copies, with a reason and the ``queue`` that they are from; None =
        this one, "" = they don't say."""
        queue = self.name if queue is None else queue
        texts = {REASON_ATTRIBUTE: reason, **({QUEUE_ATTRIBUTE: queue} if queue else {}), **texts}
        attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
        entries = [{"MessageBody": body, "MessageAttributes": attributes, **self._ordering(group)} for body in bodies]
        for first in range(0, len(entries), LARGEST_BATCH):
            numbered = [{"Id": str(n), **each} for n, each in enumerate(entries[first : first + LARGEST_BATCH])]
            assert not self.client.send_message_batch(QueueUrl=self.dead_url, Entries=numbered).get("Failed")

    def taken(self, url: str = "") -> list[dict[str, Any]]:
        """All that is in the queue, or the one at ``url``, in the order of its coming; taken out."""
        found: list[dict[str, Any]] = []
        while messages := self._receive(url or self.url):
            found += messages
            for message in messages:
                self.client.delete_message(QueueUrl=url or self.url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def bodies(self, url: str = "") -> list[str]:
        """Of `taken`; sorted where there is no order."""
        bodies = [str(message["Body"]) for message in self.taken(url)]
        return bodies if self.fifo else sorted(bodies)

    def visible_dead(self) -> int:
        """How many dead letters anybody could receive now."""
        name = "ApproximateNumberOfMessages"
        answer = self.client.get_queue_attributes(QueueUrl=self.dead_url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def _receive(self, url: str) -> Sequence[dict[str, Any]]:
        names = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
        answer = self.client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=LARGEST_BATCH, WaitTimeSeconds=1, **names
        )
        messages: Sequence[dict[str, Any]] = answer.get("Messages", ())
        return messages

    def _ordering(self, group: str) -> dict[str, str]:
        return {"MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex} if self.fifo else {}
