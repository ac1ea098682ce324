from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.advice.finding import Level, lines
from punctuald.policy.advice.mending import Address
from punctuald.policy.advice.redrive_advice import DeadLetterFacts, QueueFacts, no_dead_letters, redrive_findings

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
        (QueueFacts(), ["no redrive policy and no dead_letter_queue: rejected messages have nowhere to go"]),
        (
            QueueFacts(max_receives=5, moved_to=DLQ, rejected_to=DeadLetterFacts("rejects")),
            ["SQS moves messages to 'orders-dlq', and what is rejected goes to 'rejects'"],
        ),
        (
            QueueFacts(max_receives=5, moved_to=SHORT, retention_seconds=4 * DAY_SECONDS),
            ["'orders-dlq' keeps messages for 4 d, counted from their first send: they may have waited 4 d here"],
        ),
        (QueueFacts(max_receives=5, moved_to=DLQ, retention_seconds=4 * DAY_SECONDS), []),
        (QueueFacts(max_receives=5, moved_to=SHORT, retention_seconds=4 * DAY_SECONDS, ordered=True), []),
        (QueueFacts(max_receives=5, moved_to=SHORT, visibility_seconds=30), []),
        (QueueFacts(max_receives=5, moved_to=SHORT, visibility_seconds=0), ["its visibility timeout is 0"]),
    ],
)
def test_what_should_be_known_before_messages_are_lost_is_said(facts: QueueFacts, said: list[str]) -> None:
    advice = lines(redrive_findings(facts), Level.WARNING)
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
    faults = lines(redrive_findings(facts), Level.ERROR)
    assert [line[: len(begin)] for line, begin in zip(faults, said, strict=True)] == said


IN_EUROPE = Address("orders", "eu-west-1", "http://127.0.0.1:5000")


@pytest.mark.parametrize(
    ("facts", "mend"),
    [
        (
            QueueFacts(max_receives=5, moved_to=GONE),
            "punctuald queue create gone --no-dead-letter-queue --retention 1209600",
        ),
        (
            QueueFacts(max_receives=5, moved_to=GONE, ordered=True, address=IN_EUROPE),
            (
                "punctuald queue create gone --region eu-west-1 --endpoint-url http://127.0.0.1:5000"
                " --no-dead-letter-queue --retention 1209600"
            ),
        ),
        (
            QueueFacts(max_receives=2, moved_to=DLQ, address=Address("orders")),
            "punctuald queue tune orders --dead-letter-queue orders-dlq --max-receive-count 5",
        ),
        (
            QueueFacts(rejected_to=DLQ, address=Address("orders")),
            "punctuald queue tune orders --dead-letter-queue orders-dlq --max-receive-count 5",
        ),
        (
            QueueFacts(max_receives=5, moved_to=SHORT, retention_seconds=4 * DAY_SECONDS, address=Address("o", "r-1")),
            "punctuald queue tune orders-dlq --region r-1 --retention 1209600",
        ),
        (
            QueueFacts(max_receives=5, moved_to=DLQ, retention_seconds=14 * DAY_SECONDS, address=Address("orders")),
            "punctuald queue tune orders --retention 604800",
        ),
        (
            QueueFacts(max_receives=5, moved_to=DLQ, visibility_seconds=0, address=Address("orders")),
            "punctuald queue tune orders --visibility-timeout 30",
        ),
    ],
)
def test_the_command_that_mends_it_names_the_queue_and_where_it_is(facts: QueueFacts, mend: str) -> None:
    assert [finding.mend for finding in redrive_findings(facts)] == [mend]


def test_without_any_dead_letter_queue_one_is_made_and_named() -> None:
    [finding] = redrive_findings(QueueFacts(address=Address("jobs.fifo"), ordered=True, retention_seconds=345_600))
    assert "its group waiting behind it, until its retention period is over (4 d), and is lost then" in finding.line
    assert finding.mend.startswith("punctuald queue create jobs-dlq.fifo --no-dead-letter-queue ")
    assert "punctuald queue tune jobs.fifo --dead-letter-queue jobs-dlq.fifo --max-receive-count 5" in finding.mend


def test_dead_letters_that_may_be_elsewhere_are_no_fault_of_their_own() -> None:
    facts = QueueFacts(max_receives=5, moved_to=DLQ, rejected_to=DLQ)
    assert redrive_findings(replace(facts, rejected_to=replace(DLQ, retention_seconds=60))) == []


@pytest.mark.parametrize(("kind", "key"), [("topic", "dead_letter_topic"), ("stream", "dead_letter_queue")])
def test_a_log_without_a_place_for_dead_letters_says_that_keys_wait(kind: str, key: str) -> None:
    finding = no_dead_letters(kind, "clicks")
    assert finding.line == f"no {key}: a record that can't be handled stays, and its key waits"
    assert finding.mend == f'[[{kind}]] name = "clicks": {key} = "clicks-dead"'
