from __future__ import annotations

import pytest

from punctuald.policy.advice.redrive_advice import DeadLetterFacts, QueueFacts, redrive_advice, redrive_faults

DAY_SECONDS = 86_400
DLQ = DeadLetterFacts("orders-dlq", retention_seconds=14 * DAY_SECONDS)
SHORT = DeadLetterFacts("orders-dlq", retention_seconds=4 * DAY_SECONDS)
GONE = DeadLetterFacts("gone", exists=False)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (QueueFacts(max_receives=5, moved_to=DLQ), []),
        (QueueFacts(max_receives=50, moved_to=DLQ, rejected_to=DLQ), []),
        (QueueFacts(max_receives=4, moved_to=DLQ), ["maxReceiveCount is 4"]),
        (QueueFacts(max_receives=1, moved_to=DLQ), ["maxReceiveCount is 1"]),
        (QueueFacts(rejected_to=DLQ), ["no redrive policy: a message that always fails"]),
        (
            QueueFacts(),
            ["no redrive policy and no dead_letter_queue", "no redrive policy: a message that"],
        ),
        (
            QueueFacts(max_receives=5, moved_to=DLQ, rejected_to=DeadLetterFacts("rejects")),
            ["SQS moves messages to 'orders-dlq', and what is rejected goes to 'rejects'"],
        ),
        (
            QueueFacts(max_receives=5, moved_to=SHORT, retention_seconds=4 * DAY_SECONDS),
            ["'orders-dlq' keeps messages for 4 d, counted from their first send; they may have waited 4 d here"],
        ),
        (QueueFacts(max_receives=5, moved_to=DLQ, retention_seconds=4 * DAY_SECONDS), []),
        (QueueFacts(max_receives=5, moved_to=SHORT, retention_seconds=4 * DAY_SECONDS, ordered=True), []),
        (QueueFacts(max_receives=5, moved_to=SHORT, visibility_seconds=30), []),
        (QueueFacts(max_receives=5, moved_to=SHORT, visibility_seconds=0), ["its visibility timeout is 0"]),
    ],
)
def test_what_should_be_known_before_messages_are_lost_is_said(facts: QueueFacts, said: list[str]) -> None:
    advice = redrive_advice(facts)
    assert [line[: len(begin)] for line, begin in zip(advice, said, strict=True)] == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (QueueFacts(max_receives=5, moved_to=DLQ, rejected_to=DLQ), []),
        (QueueFacts(max_receives=5, moved_to=GONE), ["its dead-letter queue 'gone' does not exist"]),
        (QueueFacts(max_receives=5, moved_to=GONE, rejected_to=GONE), ["its dead-letter queue 'gone' does not exist"]),
        (QueueFacts(rejected_to=DLQ, names_itself=True), ["dead_letter_queue is the queue itself"]),
    ],
)
def test_a_dead_letter_queue_that_takes_nothing_is_a_fault(facts: QueueFacts, said: list[str]) -> None:
    faults = redrive_faults(facts)
    assert [line[: len(begin)] for line, begin in zip(faults, said, strict=True)] == said
