"""Which calls to a queue IAM allows, found out by calls that can't do anything even where they are allowed.

AWS looks at permissions before it looks at what a call asks for, so a call that makes no sense is refused for the one
or for the other. What is denied is certain. What is not denied is only not refused: a condition of the policy may still
bite, and a server that is almost SQS denies nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from punctuald.errors import SourceError
from punctuald.model import Metric

from .errors import is_denied
from .queue import SqsQueue

NO_HANDLE = "punctuald-check"
"""A receipt handle that SQS never gave out."""


@dataclass(frozen=True, slots=True)
class HarmlessCall:
    """A call that needs ``action`` and has no effect."""

    action: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


NOTHING = {"MaxNumberOfMessages": 0, "VisibilityTimeout": 0, "WaitTimeSeconds": 0}
"""No message. If a server that is almost SQS brings one all the same, it is visible again at once."""

DRAINING = (
    HarmlessCall("sqs:ReceiveMessage", "ReceiveMessage", NOTHING),
    HarmlessCall("sqs:DeleteMessage", "DeleteMessage", {"ReceiptHandle": NO_HANDLE}),
    HarmlessCall(
        "sqs:ChangeMessageVisibility", "ChangeMessageVisibility", {"ReceiptHandle": NO_HANDLE, "VisibilityTimeout": 0}
    ),
)
"""What a queue's workers do, beside reading its attributes."""

SENDING = (HarmlessCall("sqs:SendMessage", "SendMessageBatch", {"Entries": []}),)
"""What is done to a dead-letter queue."""


async def denied_actions(queue: SqsQueue, calls: Sequence[HarmlessCall]) -> list[str]:
    """Those of the calls' actions that are certainly denied. The queue's URL must be known: `SqsQueue.url`."""
    denied = await asyncio.gather(*(_is_denied(queue, call) for call in calls))
    return [call.action for call, is_refused in zip(calls, denied, strict=True) if is_refused]


async def _is_denied(queue: SqsQueue, call: HarmlessCall) -> bool:
    try:
        await queue.call(Metric.REQUEST_ATTRIBUTES, call.operation, dict(call.parameters))
    except SourceError as error:
        return is_denied(error)
    return False
