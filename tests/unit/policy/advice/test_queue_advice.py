from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.advice.finding import Level
from punctuald.policy.advice.mending import Address
from punctuald.policy.advice.queue_advice import QueueUse, queue_findings
from punctuald.policy.advice.redrive_advice import DeadLetterFacts, QueueFacts

DAY = 86_400
DLQ = DeadLetterFacts("orders-dlq", retention_seconds=14 * DAY, is_encrypted=True, url="https://sqs/1/orders-dlq")
FACTS = QueueFacts(max_receives=10, moved_to=DLQ, retention_seconds=4 * DAY, address=Address("orders", "eu-west-1"))
USE = QueueUse(waits_seconds=4, idle_workers=1, in_flight=4_000, longest_tier_seconds=60.0, region="eu-west-1")
ENCRYPTED = {"key": "alias/orders"}


@pytest.mark.parametrize(
    ("facts", "use", "codes"),
    [
        ({}, {}, []),
        ({}, {"url_region": "eu-west-1"}, []),
        ({}, {"url_region": "us-east-1"}, ["address.region"]),
        ({"retention_seconds": DAY}, {}, []),
        ({"retention_seconds": DAY - 1}, {}, ["retention.short"]),
        ({"retention_seconds": 60}, {}, ["retention.below_the_tier"]),
        ({"retention_seconds": None}, {"backlog_age_seconds": 9e9}, []),
        ({}, {"backlog_age_seconds": 2.0 * DAY - 1}, []),
        ({}, {"backlog_age_seconds": 2.0 * DAY}, ["retention.nearly_gone"]),
        (ENCRYPTED, {}, ["encryption.unproven"]),
        (ENCRYPTED, {"has_received": True}, []),
        (
            {**ENCRYPTED, "moved_to": replace(DLQ, is_encrypted=False)},
            {"has_received": True},
            ["encryption.of_dead_letters"],
        ),
        ({**ENCRYPTED, "moved_to": replace(DLQ, is_encrypted=None)}, {"has_received": True}, []),
        ({"moved_to": replace(DLQ, is_encrypted=False)}, {}, []),
        ({"ordered": True}, {}, []),
        ({"ordered": True, "rejected_to": DLQ}, {}, ["order.of_dead_letters"]),
        ({"ordered": True, "rejected_to": replace(DLQ, name="dead.fifo")}, {}, []),
        ({"ordered": True}, {"holds": ("due_time_field",)}, ["order.held"]),
        ({}, {"holds": ("due_time_field",)}, []),
        ({}, {"waits_seconds": 0.1}, ["polls.cost"]),
        ({}, {"idle_workers": 19}, []),
        ({}, {"idle_workers": 20}, ["polls.cost"]),
        ({}, {"in_flight": 120_000}, []),
        ({}, {"in_flight": 120_001}, ["in_flight.limit"]),
    ],
)
def test_a_queue_is_held_against_what_is_done_with_it(
    facts: dict[str, object], use: dict[str, object], codes: list[str]
) -> None:
    of_queue, of_use = replace(FACTS, **facts), replace(USE, **use)  # type: ignore[arg-type]  # each case's own
    assert [finding.code for finding in queue_findings(of_queue, of_use)] == codes


def test_an_address_in_another_region_is_an_error_with_the_line_that_mends_it() -> None:
    [finding] = queue_findings(FACTS, replace(USE, url_region="us-east-1"))
    assert finding.level is Level.ERROR
    assert finding.text == "its url is in us-east-1, and calls go to eu-west-1"
    assert finding.mend == '[[queue]] name = "orders": region = "us-east-1"'


def test_short_polls_say_what_they_cost_a_month() -> None:
    [finding] = queue_findings(FACTS, replace(USE, waits_seconds=0.1))
    assert finding.consequence == "10.37 USD a month for nothing; a long poll of 20 s costs 0.05 USD"
    [ordered] = queue_findings(replace(FACTS, ordered=True), replace(USE, waits_seconds=0.1))
    assert ordered.consequence.startswith("12.96 USD a month for nothing")


def test_an_old_backlog_says_how_much_time_is_left() -> None:
    [finding] = queue_findings(FACTS, replace(USE, backlog_age_seconds=3.0 * DAY))
    assert finding.consequence == "what is not handled within 24 h is lost unseen"
    assert finding.mend == "punctuald queue tune orders --region eu-west-1 --retention 1209600"


def test_dead_letters_in_the_clear_get_the_queues_own_key() -> None:
    facts = replace(FACTS, key="alias/orders", moved_to=replace(DLQ, is_encrypted=False))
    [finding] = queue_findings(facts, replace(USE, has_received=True))
    assert finding.mend == (
        "aws sqs set-queue-attributes --queue-url https://sqs/1/orders-dlq --region eu-west-1"
        " --attributes KmsMasterKeyId=alias/orders"
    )
