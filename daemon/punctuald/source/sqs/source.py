"""Amazon SQS as a source of messages.

API: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
"""

from __future__ import annotations

import math
from collections.abc import Collection, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog
from punctuald.model import Failure, Message, Metric, Release
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.policy.receive.receive_attempts import Attempt, ReceiveAttempts
from punctuald.policy.receive.receive_size import ReceiveSize, after_good, after_oversized
from punctuald.ports import (
    SQS_LARGEST_BATCH,
    SQS_LONGEST_POLL_SECONDS,
    CountRequests,
    OnRevoked,
    SourceLimits,
    SourceRules,
)
from punctuald.source.aws.clock_skew import ClockSkew

from .answers import messages_in
from .batch import Handles, send_batch
from .dead_letter import DeadLetterQueue
from .errors import is_too_large, may_have_been_served, refuses_attempt
from .message import DEDUPLICATION, SYSTEM_ATTRIBUTES
from .queue import SqsQueue
from .received import ReceivedMessages
from .transport.api import RECEIVE, SqsApi

LIMITS = SourceLimits(SQS_LARGEST_BATCH, SQS_LARGEST_BATCH, LONGEST_LEASE_SECONDS)


class SqsSource:
    """One SQS queue, standard or FIFO, behind the `Source` port.

    ``api`` is the source's own: it closes it. ``url`` None is asked for before the first receive.
    ``dead_letter_queue`` is a name or a URL; "" takes the one of the queue's own redrive policy. ``skew`` is the
    process's, and so is ``limited``, the log of what can happen once a message. ``label`` is what
    the log calls it, where that is not its name. ``deduplicated``: messages are to bear the id that a FIFO queue tells
    copies by.
    """

    def __init__(
        self,
        api: SqsApi,
        name: str,
        url: str | None,
        dead_letter_queue: str,
        count: CountRequests,
        clock: Clock,
        skew: ClockSkew,
        limited: LimitedLog,
        *,
        label: str = "",
        deduplicated: bool = False,
    ) -> None:
        self._queue = SqsQueue(api, name, url, count, clock)
        self._dead_letter_queue = DeadLetterQueue(self._queue, dead_letter_queue, clock, limited)
        self._skew = skew
        self._clock = clock
        deduplicated = deduplicated and self.ordered
        self._received = ReceivedMessages(name, label or name, limited, deduplicated=deduplicated)
        self._attempts = ReceiveAttempts()
        self._size = ReceiveSize(SQS_LARGEST_BATCH)
        self._attributes = [*SYSTEM_ATTRIBUTES, *([DEDUPLICATION] if deduplicated else [])]

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._queue.name

    @property
    def ordered(self) -> bool:
        """See `Source.ordered`."""
        return self._queue.ordered

    @property
    def limits(self) -> SourceLimits:
        """See `Source.limits`."""
        return LIMITS

    @property
    def broker_ahead_seconds(self) -> float:
        """See `Source.broker_ahead_seconds`."""
        return self._skew.broker_ahead_seconds

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> Sequence[Message]:
        """See `Source.receive`. A wait is rounded up to SQS's whole seconds: half a second must not poll in a spin.

        Of a FIFO queue, what a call without an answer may have taken is asked for again first, by its attempt's id.
        """
        asked = max(1, min(most, self._size.most))
        wait = max(0, min(math.ceil(wait_seconds), SQS_LONGEST_POLL_SECONDS))
        attempt = self._attempts.next(str(uuid4()), asked, self._clock.mono()) if self.ordered else None
        try:
            answer = await self._ask(asked, wait, _visibility(visibility_seconds), attempt)
        except SourceError as error:
            if attempt is None or not refuses_attempt(error):
                self._receive_failed(error, asked, attempt)
                raise
            self._attempts.refused(attempt)
            return await self.receive(most, wait_seconds, visibility_seconds)
        received_utc = self._skew.answered_utc(_date_header(answer))
        wires = messages_in(answer, self.name)
        if wires:
            self._size = after_good(self._size, SQS_LARGEST_BATCH)
        return self._received.read(wires, received_utc, ordered=self.ordered)

    async def acknowledge(self, messages: Sequence[Message]) -> Sequence[Failure]:
        """See `Source.acknowledge`."""
        handles = {message.receipt_handle: None for message in messages}
        return await self._in_batch(Metric.REQUEST_ACKNOWLEDGE, "DeleteMessageBatch", handles)

    async def extend(self, messages: Sequence[Message], seconds: int) -> Sequence[Failure]:
        """See `Source.extend`."""
        handles = {message.receipt_handle: _visibility(seconds) for message in messages}
        return await self._in_batch(Metric.REQUEST_EXTEND, "ChangeMessageVisibilityBatch", handles)

    async def release(self, releases: Sequence[Release]) -> Sequence[Failure]:
        """See `Source.release`."""
        handles = {release.message.receipt_handle: _visibility(release.after_seconds) for release in releases}
        return await self._in_batch(Metric.REQUEST_RELEASE, "ChangeMessageVisibilityBatch", handles)

    async def dead_letter(self, message: Message, reason: str) -> Sequence[Failure]:
        """See `Source.dead_letter`. The deletion is counted as an acknowledgement."""
        return await self._dead_letter_queue.copy(message, reason) or await self.acknowledge([message])

    async def rules(self) -> SourceRules:
        """See `Source.rules`."""
        return await self._queue.rules()

    def pause(self, partitions: Collection[str]) -> None:
        """See `Source.pause`: a queue has no partitions."""

    def resume(self, partitions: Collection[str]) -> None:
        """See `Source.resume`: a queue has no partitions."""

    def on_revoked(self, call: OnRevoked) -> None:
        """See `Source.on_revoked`: nothing is ever taken away."""

    def end_receiving(self) -> None:
        """See `Source.end_receiving`: others receive from the queue anyway."""

    async def close(self) -> None:
        """See `Source.close` and `SqsQueue.close`: a long poll under way is let end."""
        await self._queue.close()

    def _ask(
        self, asked: int, wait: int, visibility: int, attempt: Attempt | None
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        parameters: dict[str, Any] = {
            "MaxNumberOfMessages": asked,
            "WaitTimeSeconds": wait,
            "VisibilityTimeout": visibility,
            "MessageSystemAttributeNames": self._attributes,
            "AttributeNames": self._attributes,  # the old name of it, which servers that are almost SQS go by
            "MessageAttributeNames": ["All"],
        }
        if attempt is not None:
            parameters["ReceiveRequestAttemptId"] = attempt.id
            parameters["MaxNumberOfMessages"] = attempt.most
        return self._queue.call(Metric.REQUEST_RECEIVE, RECEIVE, parameters, wait)

    def _receive_failed(self, error: SourceError, asked: int, attempt: Attempt | None) -> None:
        """What follows from it for the next receive."""
        if is_too_large(error):
            self._size = after_oversized(self._size, asked if attempt is None else attempt.most)
        elif attempt is not None and may_have_been_served(error):
            self._attempts.lost(attempt)

    def _in_batch(self, metric: Metric, operation: str, handles: Handles) -> Coroutine[Any, Any, Sequence[Failure]]:
        return send_batch(handles, partial(self._queue.call, metric, operation), self.name, operation)


def _visibility(seconds: int) -> int:
    return max(0, min(int(seconds), LONGEST_LEASE_SECONDS))


def _date_header(answer: Mapping[str, Any]) -> str | None:
    date: str | None = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return date
