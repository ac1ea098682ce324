"""What a queue's own settings mean for its messages, where that should be known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FEWEST_RECEIVES = 5
"""SQS counts each receive, also one whose worker was killed: with fewer, a bad hour dead-letters good messages."""


@dataclass(frozen=True, slots=True)
class DeadLetterFacts:
    """What is known of a dead-letter queue. ``exists`` False: SQS says that there is none of that ``name``."""

    name: str
    exists: bool = True
    retention_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """What is known of a queue; None = not known.

    ``max_receives`` None and ``moved_to`` None: it has no redrive policy, by which SQS moves messages to ``moved_to``.
    ``rejected_to`` is the dead-letter queue that the configuration names, and ``names_itself`` that this is the queue
    itself.
    """

    ordered: bool = False
    max_receives: int | None = None
    moved_to: DeadLetterFacts | None = None
    rejected_to: DeadLetterFacts | None = None
    names_itself: bool = False
    visibility_seconds: int | None = None
    retention_seconds: int | None = None


def redrive_faults(facts: QueueFacts) -> list[str]:
    """What is wrong, a line for a person each: messages would be lost sight of."""
    faults = [
        f"its dead-letter queue {name!r} does not exist: what is rejected or fails for good has nowhere to go"
        for name in dict.fromkeys(each.name for each in (facts.moved_to, facts.rejected_to) if each and not each.exists)
    ]
    if facts.names_itself:
        faults.append("dead_letter_queue is the queue itself: what is rejected would come again, for ever")
    return faults


def redrive_advice(facts: QueueFacts) -> list[str]:
    """What is allowed and most likely not what is wanted, a line for a person each."""
    return [*_on_receives(facts), *_on_the_dead_letter_queue(facts), *_on_visibility(facts)]


def _on_receives(facts: QueueFacts) -> Iterator[str]:
    if facts.max_receives is not None and facts.max_receives < FEWEST_RECEIVES:
        yield (
            f"maxReceiveCount is {facts.max_receives}: a killed worker or an unlucky stop spends receives too; "
            f"give it {FEWEST_RECEIVES} or more"
        )
    if facts.max_receives is None and facts.rejected_to is None:
        yield "no redrive policy and no dead_letter_queue: rejected messages have nowhere to go and come again"
    if facts.max_receives is None:
        yield "no redrive policy: a message that always fails comes again until its retention period is over"


def _on_the_dead_letter_queue(facts: QueueFacts) -> Iterator[str]:
    moved_to, rejected_to = facts.moved_to, facts.rejected_to
    if moved_to and rejected_to and moved_to.name != rejected_to.name:
        yield f"SQS moves messages to {moved_to.name!r}, and what is rejected goes to {rejected_to.name!r}"
    if not moved_to or facts.ordered:  # in a FIFO queue a moved message's age begins anew
        return
    kept, own = moved_to.retention_seconds, facts.retention_seconds
    if kept is not None and own is not None and kept <= own:
        yield (
            f"{moved_to.name!r} keeps messages for {_days(kept)}, counted from their first send; "
            f"they may have waited {_days(own)} here before they are moved: give it more"
        )


def _on_visibility(facts: QueueFacts) -> Iterator[str]:
    if facts.visibility_seconds == 0:
        yield (
            "its visibility timeout is 0: we ask for our own, but what any other consumer receives, "
            "the AWS console too, stays visible"
        )


def _days(seconds: int) -> str:
    return f"{seconds / 86_400:g} d" if seconds >= 86_400 else f"{seconds / 3600:g} h"  # noqa: PLR2004 - a day
