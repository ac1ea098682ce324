"""How the rest of the SQS source makes its calls, whatever carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

RECEIVE = "ReceiveMessage"
"""The one operation that may take as long as its long poll."""

SEND = "SendMessage"


def may_be_done_twice(operation: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a call that got no answer may be sent again at once: doing it twice comes to the same.

    A receive takes messages each time. A send puts one in each time, but where SQS knows the copy by its deduplication
    id, as FIFO queues do.
    """
    if operation == SEND:
        return "MessageDeduplicationId" in parameters
    return operation != RECEIVE


class SqsApi(Protocol):
    """One queue's way to SQS. Answers and exceptions are those of a botocore client's methods."""

    @property
    def region(self) -> str:
        """The region that requests are signed for, as error texts tell it."""
        ...

    @property
    def endpoint_url(self) -> str:
        """Where requests go, as error texts tell it."""
        ...

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:
        """One request: ``operation`` by SQS's own name, such as ``ReceiveMessage``.

        ``wait_seconds`` is how long SQS itself may wait before it answers: a receive's time-out is that and a grace.
        Every other call is answered in milliseconds: it is given up after 5 s, and sent once more at once where it may
        be done twice (`may_be_done_twice`).
        Raises `BotoCoreError`, `ClientError` or `ValueError`.
        """
        ...

    async def close(self) -> None:
        """Let go of what calls have opened. Nothing is called afterwards."""
        ...
