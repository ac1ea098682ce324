"""Changes a queue's settings, which are shown first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from punctuald.errors import PunctualdError
from punctuald.policy.queues.attributes import Change, changes

from .calls import SqsCalls
from .create import redrives_to
from .state import QueueState, state_of


class NoDeadLetterQueueError(PunctualdError):
    """A number of receives is wanted, and there is nowhere to go after them."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What would be changed of a queue."""

    state: QueueState
    changes: tuple[Change, ...]


def plan_tuning(
    calls: SqsCalls, name_or_url: str, wanted: Mapping[str, str], dead_letter_queue: str, max_receive_count: int | None
) -> Tuning:
    """What is to be set for the queue to have the ``wanted`` attributes and that redrive policy; of half a policy the
    other half stays as it is. ``dead_letter_queue`` "" and ``max_receive_count`` None: nothing is wanted of it.

    Raises `SourceError`, and `NoDeadLetterQueueError` for a count without a queue.
    """
    state = state_of(calls, name_or_url)
    if dead_letter_queue or max_receive_count is not None:
        wanted = {**wanted, **_redrive(calls, state, dead_letter_queue, max_receive_count)}
    return Tuning(state, changes(state.attributes, wanted))


def tune(calls: SqsCalls, state: QueueState, planned: Sequence[Change]) -> None:
    """Change it. SQS may take a minute until all of its servers know."""
    attributes = {change.name: change.after for change in planned}
    calls("set_queue_attributes", state.name, QueueUrl=state.url, Attributes=attributes)


DEFAULT_MAX_RECEIVE_COUNT = 5
"""SQS counts each receive, also one whose worker was killed."""


def _redrive(calls: SqsCalls, state: QueueState, dead_letter_queue: str, count: int | None) -> Mapping[str, str]:
    present = state.redrive
    arn = state_of(calls, dead_letter_queue).arn if dead_letter_queue else present.dead_letter_arn if present else ""
    if not arn:
        raise NoDeadLetterQueueError(
            f"queue {state.name!r} has no dead-letter queue: give --dead-letter-queue NAME beside --max-receive-count"
        )
    most = count or (present.max_receives if present else DEFAULT_MAX_RECEIVE_COUNT)
    return redrives_to(arn, most)
