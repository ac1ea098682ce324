"""Where an SQS queue's rejected messages go, found when the first one is rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from botocore.exceptions import ClientError

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.model import Failure, Message
from punctuald.ports import NO_DEAD_LETTER_QUEUE, REASON_ATTRIBUTE

from .errors import error_code
from .message import copy_for_dead_letter
from .queue import FIFO_SUFFIX, SqsQueue

ASK_AGAIN_SECONDS = 60.0
"""For so long «there is none» is believed: an operator may add one, and each rejected message must not ask."""

REFUSED_COPY_CODES = frozenset(
    {"InvalidMessageContents", "InvalidParameterValue", "InvalidAttributeValue", "MissingParameter"}
)
"""SendMessage's answers to a message that it will not take next time either: too long with the reason added, say."""

log = structlog.get_logger()


class DeadLetterQueue:
    """The dead-letter queue of ``queue``: by name or URL, or "" for the one in its redrive policy."""

    def __init__(self, queue: SqsQueue, name_or_url: str, clock: Clock) -> None:
        self._queue = queue
        self._name_or_url = name_or_url
        self._clock = clock
        self._url: str | None = None
        self._ask_again_mono = 0.0

    async def copy(self, message: Message, reason: str) -> Sequence[Failure]:
        """Send a copy there with the reason; the failure, if it was not taken or there is no such queue."""
        url = await self._find()
        if url is None:
            return [_failure(message, NO_DEAD_LETTER_QUEUE, f"queue {self._queue.name!r} has no dead-letter queue")]
        parameters = copy_for_dead_letter(message, reason, to_fifo=url.endswith(FIFO_SUFFIX))
        if REASON_ATTRIBUTE not in parameters["MessageAttributes"]:
            log.warning("source.reason_not_attached", queue=message.queue, message_id=message.id, reason=reason)
        return await self._send(url, message, parameters)

    async def _send(self, url: str, message: Message, parameters: dict[str, Any]) -> Sequence[Failure]:
        try:
            await self._queue.send_to(url, parameters)
        except SourceError as error:
            cause = error.__cause__
            if not isinstance(cause, ClientError) or error_code(cause) not in REFUSED_COPY_CODES:
                raise
            return [_failure(message, error_code(cause), str(error))]
        return ()

    async def _find(self) -> str | None:
        """Several at once may each ask, which harms nobody."""
        if self._url is None and self._clock.mono() >= self._ask_again_mono:
            self._url = await self._ask()
            self._ask_again_mono = self._clock.mono() + ASK_AGAIN_SECONDS
        return self._url

    async def _ask(self) -> str | None:
        if "://" in self._name_or_url:
            return self._name_or_url
        if self._name_or_url:
            return await self._queue.find(self._name_or_url)
        redrive = await self._queue.redrive()
        return await self._find_by_arn(redrive["deadLetterTargetArn"]) if redrive is not None else None

    async def _find_by_arn(self, arn: str) -> str:
        """arn:partition:sqs:region:account:name. SQS demands the same account and region as the queue's own."""
        owner, name = arn.split(":")[4:6]
        return await self._queue.find(name, owner)


def _failure(message: Message, code: str, text: str) -> Failure:
    return Failure(message.receipt_handle, code, text, retryable=False)
