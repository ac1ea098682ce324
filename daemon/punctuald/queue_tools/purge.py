"""Deletes all of a queue's messages."""

from __future__ import annotations

from .calls import SqsCalls
from .state import QueueState


def purge(calls: SqsCalls, state: QueueState) -> None:
    """SQS takes up to a minute for it, in which new messages may go as well, and refuses another purge."""
    calls("purge_queue", state.name, QueueUrl=state.url)
