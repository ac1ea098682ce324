"""Makes queues, or finds that they are there already and as they should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from punctuald.errors import PunctualdError
from punctuald.policy.queues.attributes import REDRIVE_POLICY, Change, changes, redrive_policy
from punctuald.source.sqs.names import FIFO_SUFFIX

from .calls import SqsCalls
from .state import QueueState, state_of

FIFO_ATTRIBUTES: Mapping[str, str] = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
LONGEST_RETENTION_SECONDS = 1_209_600
"""What a dead-letter queue is made with: a moved message's age counts from its first send."""


class QueueDiffersError(PunctualdError):
    """There is a queue of that name, and it is not as it was asked for."""


@dataclass(frozen=True, slots=True)
class Made:
    """A queue that is there now; ``already``: and that was before."""

    state: QueueState
    already: bool


def create(calls: SqsCalls, name: str, wanted: Mapping[str, str]) -> Made:
    """A queue with the ``wanted`` attributes; FIFO by its name, with content-based deduplication.

    One that is there is left alone: raises `QueueDiffersError` where it is not as wanted.
    """
    attributes = {**(FIFO_ATTRIBUTES if name.endswith(FIFO_SUFFIX) else {}), **wanted}
    if calls.url_if_there(name) is None:
        calls("create_queue", name, QueueName=name, Attributes=attributes)
        return Made(state_of(calls, name), already=False)
    state = state_of(calls, name)
    if differing := changes(state.attributes, attributes):
        raise QueueDiffersError(_difference(name, differing))
    return Made(state, already=True)


def create_dead_letter_queue(calls: SqsCalls, name: str) -> Made:
    """One that keeps messages as long as SQS can; one that is there is taken as it is, for several may use it."""
    if calls.url_if_there(name) is not None:
        return Made(state_of(calls, name), already=True)
    return create(calls, name, {"MessageRetentionPeriod": str(LONGEST_RETENTION_SECONDS)})


def redrives_to(dead_letter_arn: str, max_receive_count: int) -> dict[str, str]:
    """The attribute that makes it a queue's dead-letter queue."""
    return {REDRIVE_POLICY: redrive_policy(dead_letter_arn, max_receive_count)}


def _difference(name: str, differing: tuple[Change, ...]) -> str:
    listed = "; ".join(map(str, differing))
    return f"queue {name!r} is there and differs (as it is → as asked for): {listed}; `punctuald queue tune` changes it"
