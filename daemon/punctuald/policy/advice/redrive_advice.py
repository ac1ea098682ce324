"""What a queue's own settings mean for its messages, where that should be known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .amounts import span
from .finding import Finding, error, warning
from .mending import (
    LONGEST_RETENTION_SECONDS,
    USUAL_RETENTION_SECONDS,
    Address,
    create_dead_letter_queue,
    dead_letter_name,
    in_table,
    tune,
)

FEWEST_RECEIVES = 5
"""SQS counts each receive, also one whose worker was killed: with fewer, a bad hour dead-letters good messages."""

QUEUE = Address("QUEUE")


@dataclass(frozen=True, slots=True)
class DeadLetterFacts:
    """What is known of a dead-letter queue. ``exists`` False: SQS says that there is none of that ``name``.
    ``is_encrypted``: by SQS or by a key; None = not known."""

    name: str
    exists: bool = True
    retention_seconds: int | None = None
    is_encrypted: bool | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """What is known of a queue; None = not known.

    ``max_receives`` None and ``moved_to`` None: it has no redrive policy, by which SQS moves messages to ``moved_to``.
    ``rejected_to`` is the dead-letter queue that the configuration names, and ``names_itself`` that this is the queue
    itself. ``key`` is the KMS key that it is encrypted with; "" = none of the account's own.
    """

    ordered: bool = False
    max_receives: int | None = None
    moved_to: DeadLetterFacts | None = None
    rejected_to: DeadLetterFacts | None = None
    names_itself: bool = False
    visibility_seconds: int | None = None
    retention_seconds: int | None = None
    key: str = ""
    address: Address = QUEUE


def redrive_findings(facts: QueueFacts) -> list[Finding]:
    """Errors where messages would be lost sight of; warnings of what is allowed and most likely not what is wanted."""
    return [
        *_on_missing_queues(facts),
        *_on_receives(facts),
        *_on_two_targets(facts),
        *_on_how_long_they_are_kept(facts),
        *_on_visibility(facts),
    ]


def no_dead_letters(kind: str, name: str) -> Finding:
    """Of a topic or a stream, by its table's ``kind`` and ``name``, whose configuration names no place for them."""
    key = "dead_letter_topic" if kind == "topic" else "dead_letter_queue"
    return warning(
        "redrive.none",
        f"no {key}",
        "a record that can't be handled stays, and its key waits",
        in_table(kind, name, f'{key} = "{name}-dead"'),
    )


def _on_missing_queues(facts: QueueFacts) -> Iterator[Finding]:
    for name in dict.fromkeys(each.name for each in (facts.moved_to, facts.rejected_to) if each and not each.exists):
        yield error(
            "redrive.target_missing",
            f"its dead-letter queue {name!r} does not exist",
            "what is rejected or fails for good has nowhere to go",
            create_dead_letter_queue(facts.address, name),
        )
    if facts.names_itself:
        yield error(
            "redrive.to_itself",
            "dead_letter_queue is the queue itself",
            "what is rejected would come again, for ever",
            in_table("queue", facts.address.name, f'dead_letter_queue = "{_new_name(facts)}"'),
        )


def _on_receives(facts: QueueFacts) -> Iterator[Finding]:
    if facts.max_receives is not None and facts.max_receives < FEWEST_RECEIVES:
        yield warning(
            "redrive.few_receives",
            f"maxReceiveCount is {facts.max_receives}",
            "a killed worker or an unlucky stop spends receives too, and good messages are dead-lettered; "
            f"give it {FEWEST_RECEIVES} or more",
            _redrive_to(facts, facts.moved_to.name if facts.moved_to else _new_name(facts)),
        )
    if facts.max_receives is None:
        yield _no_redrive_policy(facts)


def _no_redrive_policy(facts: QueueFacts) -> Finding:
    mend = _redrive_to(facts, facts.rejected_to.name if facts.rejected_to else _new_name(facts))
    if facts.rejected_to is not None:
        return warning("redrive.none", "no redrive policy", _until_it_expires(facts), mend)
    create = create_dead_letter_queue(facts.address, _new_name(facts))
    return warning(
        "redrive.none",
        "no redrive policy and no dead_letter_queue",
        f"rejected messages have nowhere to go and come again; {_until_it_expires(facts)}",
        f"{create} && {mend}",
    )


def _until_it_expires(facts: QueueFacts) -> str:
    group = ", its group waiting behind it," if facts.ordered else ""
    kept = "" if facts.retention_seconds is None else f" ({span(facts.retention_seconds)})"
    return f"a message that always fails comes again{group} until its retention period is over{kept}, and is lost then"


def _redrive_to(facts: QueueFacts, name: str) -> str:
    return tune(facts.address, f"--dead-letter-queue {name} --max-receive-count {FEWEST_RECEIVES}")


def _new_name(facts: QueueFacts) -> str:
    return dead_letter_name(facts.address, ordered=facts.ordered)


def _on_two_targets(facts: QueueFacts) -> Iterator[Finding]:
    moved_to, rejected_to = facts.moved_to, facts.rejected_to
    if moved_to and rejected_to and moved_to.name != rejected_to.name:
        yield warning(
            "redrive.two_targets",
            f"SQS moves messages to {moved_to.name!r}, and what is rejected goes to {rejected_to.name!r}",
            "who looks for a dead letter has to look into both",
            in_table("queue", facts.address.name, f'dead_letter_queue = "{moved_to.name}"'),
        )


def _on_how_long_they_are_kept(facts: QueueFacts) -> Iterator[Finding]:
    moved_to = facts.moved_to
    if not moved_to or facts.ordered:  # in a FIFO queue a moved message's age begins anew
        return
    kept, own = moved_to.retention_seconds, facts.retention_seconds
    if kept is not None and own is not None and kept <= own:
        yield warning(
            "redrive.kept_too_short",
            f"{moved_to.name!r} keeps messages for {span(kept)}, counted from their first send",
            f"they may have waited {span(own)} here before they are moved, and are gone then",
            _keep_longest(facts, moved_to),
        )


def _keep_longest(facts: QueueFacts, moved_to: DeadLetterFacts) -> str:
    if moved_to.retention_seconds == LONGEST_RETENTION_SECONDS:
        return tune(facts.address, f"--retention {USUAL_RETENTION_SECONDS}")
    there = Address(moved_to.name, facts.address.region, facts.address.endpoint_url)
    return tune(there, f"--retention {LONGEST_RETENTION_SECONDS}")


def _on_visibility(facts: QueueFacts) -> Iterator[Finding]:
    if facts.visibility_seconds == 0:
        yield warning(
            "visibility.zero",
            "its visibility timeout is 0",
            "we ask for our own, but what any other consumer receives, the AWS console too, stays visible",
            tune(facts.address, "--visibility-timeout 30"),
        )
