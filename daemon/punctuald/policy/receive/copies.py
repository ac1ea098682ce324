"""What makes two messages copies of one that its producer sent to two regions, and for how long that is known."""

from __future__ import annotations

from math import inf

from punctuald.model import COPY, Message, Outcome, OutcomeKind

KNOWN_SECONDS = 300.0
"""How long SQS itself knows a MessageDeduplicationId. A producer may use it again after that, and does without knowing
where it is the digest of the content."""

COMPLETED = frozenset({OutcomeKind.DONE, OutcomeKind.DISCARD})


def copies_key(message: Message, attribute: str) -> str:
    """What copies of it have in common: what it is called in that ``attribute``, or, where there is none, in its
    group of a FIFO queue; "" where its producer gave it no id."""
    if attribute:
        own_id = message.attributes.get(attribute, "")
        return f"{message.queue}\n{own_id}" if own_id else ""
    return f"{message.queue}\n{message.group}\n{message.deduplication_id}" if message.deduplication_id else ""


def known_seconds(attribute: str) -> float:
    """How long after one was settled another message with its key is a copy of it."""
    return inf if attribute else KNOWN_SECONDS


def is_completed(outcome: Outcome | None) -> bool:
    """Whether a message with it needs no run any more. A rejected one may be sent back from the dead-letter queue, and
    its copy may be good."""
    return outcome is not None and outcome is not COPY and outcome.kind in COMPLETED
