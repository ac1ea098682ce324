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
from punctuald.model import Failure, Message, Metric, Release
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.ports import (
    SQS_LARGEST_BATCH,
    SQS_LONGEST_POLL_SECONDS,
    CountRequests,
    OnRevoked,
    RedrivePolicy,
    SourceLimits,
)
from punctuald.source.aws.clock_skew import ClockSkew

from .api import RECEIVE, SqsApi
from .batch import Handles, send_batch
from .dead_letter import DeadLetterQueue
from .message import SYSTEM_ATTRIBUTES, read_messages
from .queue import SqsQueue

LIMITS = SourceLimits(SQS_LARGEST_BATCH, SQS_LARGEST_BATCH, LONGEST_LEASE_SECONDS)


class SqsSource:
    """One SQS queue, standard or FIFO, behind the `Source` port.

    ``api`` is the source's own: it closes it. ``url`` None is asked for before the first receive.
    ``dead_letter_queue`` is a name or a URL; "" takes the one of the queue's own redrive policy. ``skew`` is the
    process's.
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
    ) -> None:
        self._queue = SqsQueue(api, name, url, count)
        self._dead_letter_queue = DeadLetterQueue(self._queue, dead_letter_queue, clock)
        self._skew = skew

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
        """See `Source.receive`. A wait is rounded up to SQS's whole seconds: half a second must not poll in a spin."""
        wait = max(0, min(math.ceil(wait_seconds), SQS_LONGEST_POLL_SECONDS))
        parameters: dict[str, Any] = {
            "MaxNumberOfMessages": max(1, min(most, SQS_LARGEST_BATCH)),
            "WaitTimeSeconds": wait,
            "VisibilityTimeout": _visibility(visibility_seconds),
            "MessageSystemAttributeNames": SYSTEM_ATTRIBUTES,
            "MessageAttributeNames": ["All"],
        }
        if self._queue.ordered:  # with the same id, a call that is sent again brings what the first one took
            parameters["ReceiveRequestAttemptId"] = str(uuid4())
        answer = await self._queue.call(Metric.REQUEST_RECEIVE, RECEIVE, parameters, wait)
        received_utc = self._skew.answered_utc(_date_header(answer))
        return read_messages(answer.get("Messages") or (), self.name, received_utc, ordered=self.ordered)

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

    async def redrive_policy(self) -> RedrivePolicy:
        """See `Source.redrive_policy`."""
        redrive = await self._queue.redrive()
        return RedrivePolicy(int(redrive["maxReceiveCount"]) if redrive is not None else None)

    def pause(self, partitions: Collection[str]) -> None:
        """See `Source.pause`: a queue has no partitions."""

    def resume(self, partitions: Collection[str]) -> None:
        """See `Source.resume`: a queue has no partitions."""

    def on_revoked(self, call: OnRevoked) -> None:
        """See `Source.on_revoked`: nothing is ever taken away."""

    async def close(self) -> None:
        """See `Source.close` and `SqsQueue.close`: a long poll under way is let end."""
        await self._queue.close()

    def _in_batch(self, metric: Metric, operation: str, handles: Handles) -> Coroutine[Any, Any, Sequence[Failure]]:
        return send_batch(handles, partial(self._queue.call, metric, operation))


def _visibility(seconds: int) -> int:
    return max(0, min(int(seconds), LONGEST_LEASE_SECONDS))


def _date_header(answer: Mapping[str, Any]) -> str | None:
    date: str | None = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return date
