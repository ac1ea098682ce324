"""Amazon SQS as a source of messages.

API: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from punctuald.clock import Clock
from punctuald.model import Counter, Failure, Message, Release

from .broker_clock import BrokerClock
from .port import CountRequests
from .sqs_batch import MAX_BATCH, Entry, send_in_batches
from .sqs_dead_letter import DeadLetterQueue
from .sqs_message import SYSTEM_ATTRIBUTES, is_intact, read_message
from .sqs_queue import SqsQueue

MAX_WAIT_SECONDS = 20
MAX_VISIBILITY_SECONDS = 43_200

log = structlog.get_logger()


class SqsSource:
    """One SQS queue, standard or FIFO, behind the `Source` port.

    ``client`` is a botocore SQS client or a `FastClient`; ``url`` None is asked for before the first receive.
    ``dead_letter_queue`` is a name or a URL; "" takes the one of the queue's own redrive policy.
    """

    def __init__(
        self, client: Any, name: str, url: str | None, dead_letter_queue: str, count: CountRequests, clock: Clock
    ) -> None:
        self._queue = SqsQueue(client, name, url, count)
        self._dead_letter_queue = DeadLetterQueue(self._queue, dead_letter_queue, clock)
        self._broker_clock = BrokerClock(name, clock)

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._queue.name

    @property
    def ordered(self) -> bool:
        """See `Source.ordered`."""
        return self._queue.ordered

    def receive(self, room: int, wait_seconds: float, visibility_seconds: int) -> list[Message]:
        """See `Source.receive`. A wait is rounded up to SQS's whole seconds: half a second must not poll in a spin."""
        answer = self._queue.call(
            Counter.REQUEST_RECEIVE,
            "receive_message",
            MaxNumberOfMessages=max(1, min(room, MAX_BATCH)),
            WaitTimeSeconds=max(0, min(math.ceil(wait_seconds), MAX_WAIT_SECONDS)),
            VisibilityTimeout=_visibility(visibility_seconds),
            MessageSystemAttributeNames=SYSTEM_ATTRIBUTES,
            MessageAttributeNames=["All"],
        )
        received_utc = self._broker_clock.answered_utc(_date_header(answer))
        return self._read(answer.get("Messages", ()), received_utc)

    def acknowledge(self, messages: Sequence[Message]) -> list[Failure]:
        """See `Source.acknowledge`."""
        entries: dict[str, Entry] = {message.receipt_handle: {} for message in messages}
        return self._in_batches(Counter.REQUEST_ACKNOWLEDGE, "delete_message_batch", entries)

    def extend(self, messages: Sequence[Message], seconds: int) -> list[Failure]:
        """See `Source.extend`."""
        entry = {"VisibilityTimeout": _visibility(seconds)}
        entries: dict[str, Entry] = {message.receipt_handle: entry for message in messages}
        return self._in_batches(Counter.REQUEST_EXTEND, "change_message_visibility_batch", entries)

    def release(self, releases: Sequence[Release]) -> list[Failure]:
        """See `Source.release`."""
        entries: dict[str, Entry] = {
            release.message.receipt_handle: {"VisibilityTimeout": _visibility(release.after_seconds)}
            for release in releases
        }
        return self._in_batches(Counter.REQUEST_RELEASE, "change_message_visibility_batch", entries)

    def dead_letter(self, message: Message, reason: str) -> list[Failure]:
        """See `Source.dead_letter`. The deletion is counted as an acknowledgement."""
        return self._dead_letter_queue.copy(message, reason) or self.acknowledge([message])

    def close(self) -> None:
        """See `Source.close` and `SqsQueue.close`: a long poll under way is let end."""
        self._queue.close()

    def _read(self, wires: Iterable[Mapping[str, Any]], received_utc: float) -> list[Message]:
        """The messages; one that was damaged on its way is let lie: its next delivery may be whole."""
        name, ordered = self.name, self.ordered
        messages: list[Message] = []
        for wire in wires:
            if is_intact(wire):
                messages.append(read_message(wire, name, received_utc, ordered=ordered))
            else:
                log.warning("source.body_damaged", queue=name, message_id=wire["MessageId"])
        return messages

    def _in_batches(self, counter: Counter, operation: str, entries: Mapping[str, Entry]) -> list[Failure]:
        return send_in_batches(entries, lambda batch: self._queue.call(counter, operation, Entries=batch))


def _visibility(seconds: int) -> int:
    return max(0, min(int(seconds), MAX_VISIBILITY_SECONDS))


def _date_header(answer: Mapping[str, Any]) -> str | None:
    date: str | None = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return date
