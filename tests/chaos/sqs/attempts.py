"""ReceiveRequestAttemptId: a receive whose answer was lost can be asked again, and brings the same messages.

Source: Amazon SQS API Reference, ReceiveMessage (FIFO queues; for five minutes; the visibility timeout begins anew; not
once a message of it was deleted or had its visibility changed).
"""

from __future__ import annotations

from collections.abc import Sequence

from chaos.sqs.stored import Refused, StoredMessage

REMEMBERED_SECONDS = 300.0


class ReceiveAttempts:
    """The answers to receives that gave an attempt's id."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[float, list[tuple[StoredMessage, str]]]] = {}
        self._modified: set[str] = set()  # handles whose message had its visibility changed

    def remember(self, attempt_id: str, messages: Sequence[StoredMessage], now: float) -> None:
        """Only an answer with messages is worth it: an empty one may be asked again anyway."""
        if attempt_id and messages:
            self._given[attempt_id] = (now, [(message, message.handle) for message in messages])

    def forget(self, message: StoredMessage) -> None:
        """Its visibility was changed."""
        self._modified.add(message.handle)

    def again(self, attempt_id: str, now: float) -> list[StoredMessage] | None:
        """What that attempt brought; None for a new attempt. Raises `Refused` for one that can't be repeated."""
        given_mono, given = self._given.get(attempt_id, (0.0, []))
        if not given or now - given_mono >= REMEMBERED_SECONDS:
            return None
        if not all(_unchanged(message, handle) and handle not in self._modified for message, handle in given):
            reason = f"Value {attempt_id} for parameter ReceiveRequestAttemptId is invalid. Reason: not retryable."
            raise Refused("InvalidParameterValue", reason)
        return [message for message, _ in given]


def _unchanged(message: StoredMessage, handle: str) -> bool:
    return message.handle == handle and message.in_flight
