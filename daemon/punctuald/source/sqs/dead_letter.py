"""Where an SQS queue's rejected messages go, found when the first one is rejected."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog
from punctuald.model import Failure, Message
from punctuald.ports import DEAD_LETTER_REFUSED, NO_DEAD_LETTER_QUEUE, REASON_ATTRIBUTE

from .errors import is_gone, refusal_code
from .message import copy_for_dead_letter, without_ours
from .names import FIFO_SUFFIX, owner_and_name
from .queue import ASK_AGAIN_SECONDS, SqsQueue

REFUSED_COPY_CODES = frozenset(
    {"InvalidMessageContents", "InvalidParameterValue", "InvalidAttributeValue", "InvalidAttributeName"}
    | {"MissingParameter", "RequestEntityTooLarge", "413"}
)
"""SendMessage's answers to a message that it will not take next time either: too long, say."""


async def refusal_of(sending: Awaitable[object]) -> SourceError | None:
    """What SQS has against a copy for good; None where it took it. Raises what may pass."""
    try:
        await sending
    except SourceError as error:
        if refusal_code(error) not in REFUSED_COPY_CODES:
            raise
        return error
    return None


class DeadLetterQueue:
    """The dead-letter queue of ``queue``: by name or URL, or "" for the one in its redrive policy.

    «There is none» is believed for a minute: an operator may add one, and each rejected message must not ask. Neither
    is one that is gone asked for again more often.
    """

    def __init__(self, queue: SqsQueue, name_or_url: str, clock: Clock, limited: LimitedLog) -> None:
        self._limited = limited
        self._queue = queue
        self._name_or_url = name_or_url
        self._clock = clock
        self._url: str | None = None
        self._ask_again_mono = 0.0

    async def copy(self, message: Message, reason: str) -> Sequence[Failure]:
        """Send a copy there with the reason; the failure, if it will never be taken or there is no such queue.

        A copy that is refused is sent once more without what we added, which may be what makes it too long.
        """
        url = await self._find()
        if url is None:
            return [_failure(message, NO_DEAD_LETTER_QUEUE, f"queue {self._queue.name!r} has no dead-letter queue")]
        copy = copy_for_dead_letter(message, reason, to_fifo=url.endswith(FIFO_SUFFIX), queue=self._queue.name_at_aws)
        bears_reason = REASON_ATTRIBUTE in copy["MessageAttributes"]
        refusal = await self._refusal_of(url, copy)
        if refusal is not None and bears_reason:
            bears_reason = False
            refusal = await self._refusal_of(url, without_ours(copy))
        if not bears_reason:
            self._limited.warning(
                "source.reason_not_attached", queue=message.source, message_id=message.id, reason=reason
            )
        return () if refusal is None else [_failure(message, DEAD_LETTER_REFUSED, str(refusal))]

    async def _refusal_of(self, url: str, copy: dict[str, Any]) -> SourceError | None:
        """See `refusal_of`."""
        try:
            return await refusal_of(self._queue.send_to(url, copy))
        except SourceError as error:
            if is_gone(error):
                self._forget()
            raise

    def _forget(self) -> None:
        """It is not there any more: look again where it was found, where that can help."""
        if self._clock.mono() >= self._ask_again_mono:
            self._url = None

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
        return await self._find_by_arn(redrive.dead_letter_arn) if redrive is not None else None

    async def _find_by_arn(self, arn: str) -> str:
        """SQS demands the same account and region as the queue's own."""
        owner, name = owner_and_name(arn)
        return await self._queue.find(name, owner)


def _failure(message: Message, code: str, text: str) -> Failure:
    return Failure(message.receipt_handle, code, text, retryable=False)
