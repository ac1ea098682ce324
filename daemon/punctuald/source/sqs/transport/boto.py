"""SQS over botocore clients, which block: on threads of their own, see `punctuald.source.blocking`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.errors import CLOCK_CODES, ClockRefusal
from punctuald.source.blocking import BlockingThreads
from punctuald.source.sqs.errors import error_code

from .api import RECEIVE, SEND, may_be_done_twice

SETTLING_THREADS = 4
"""Deletions, renewals and look-ups that are under way at once."""

UNANSWERED = (ReadTimeoutError, ConnectionClosedError)
"""The connection was there, and no answer came. botocore closes it, and opens it anew for the next call."""

METHODS: Mapping[str, str] = {
    RECEIVE: "receive_message",
    "DeleteMessageBatch": "delete_message_batch",
    "ChangeMessageVisibilityBatch": "change_message_visibility_batch",
    "GetQueueUrl": "get_queue_url",
    "GetQueueAttributes": "get_queue_attributes",
    SEND: "send_message",
}


class BotoApi:
    """One queue's `SqsApi`. No receive is ever in front of a settlement: each kind has threads of its own.

    ``polling_client`` is made for long polls; ``settling_client`` for calls that are answered at once, with a read
    timeout to match. Both may serve several queues, and may be the same. At most ``polls`` receives are under way at
    once; further ones wait for their end. ``skew`` is the process's. botocore can't be made to sign by another clock
    than this machine's, so a refusal for that lasts until the clock is right.
    """

    def __init__(self, polling_client: Any, settling_client: Any, polls: int, skew: ClockSkew) -> None:
        self.region = str(polling_client.meta.region_name)
        self.endpoint_url = str(polling_client.meta.endpoint_url)
        self._polling_client = polling_client
        self._settling_client = settling_client
        self._skew = skew
        self._polls = BlockingThreads("sqs-poll", polls)
        self._settlements = BlockingThreads("sqs-settle", SETTLING_THREADS)

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:  # noqa: ARG002
        """See `SqsApi.call`. A client's timeouts are set when it is made, so ``wait_seconds`` is not looked at."""
        receives = operation == RECEIVE
        client = self._polling_client if receives else self._settling_client
        threads = self._polls if receives else self._settlements
        call = partial(getattr(client, METHODS[operation]), **parameters)
        asked_utc = self._skew.asked_utc()
        try:
            answer: dict[str, Any] = await _ask(threads, call, twice=may_be_done_twice(operation, parameters))
        except ClientError as error:
            self._hear(_date_header(error), asked_utc)
            if error_code(error) in CLOCK_CODES and self._skew.is_misleading(_date_header(error)):
                raise ClockRefusal(error.response, operation) from error
            raise
        self._hear(_date_in(answer), asked_utc)
        return answer

    def _hear(self, date_header: str | None, asked_utc: float | None) -> None:
        if asked_utc is not None:
            self._skew.heard(date_header, asked_utc)

    async def close(self) -> None:
        """See `SqsApi.close`: a long poll under way is let end, in its daemon thread."""
        self._polls.close()
        self._settlements.close()
        self._polling_client.close()
        self._settling_client.close()


def _date_header(error: ClientError) -> str | None:
    return _date_in(error.response)


def _date_in(answer: Mapping[str, Any]) -> str | None:
    date: str | None = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return date


async def _ask(threads: BlockingThreads, call: Callable[[], dict[str, Any]], *, twice: bool) -> dict[str, Any]:
    try:
        return await threads.run(call)
    except UNANSWERED:
        if not twice:
            raise
    return await threads.run(call)
