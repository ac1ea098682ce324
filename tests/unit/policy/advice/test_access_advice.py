from __future__ import annotations

import pytest

from punctuald.policy.advice.access_advice import denied, missing, unreachable
from punctuald.policy.advice.finding import Level


@pytest.mark.parametrize(
    ("action", "consequence"),
    [
        ("sqs:ReceiveMessage", "no message of it comes"),
        ("sqs:DeleteMessage", "what is handled comes again, until it is dead-lettered"),
        ("dynamodb:UpdateItem", "shards can't be shared, and no record comes"),
        ("READ", "no record of it comes, or what is rejected has nowhere to go"),
    ],
)
def test_what_is_denied_says_what_becomes_of_messages(action: str, consequence: str) -> None:
    finding = denied([action], "'orders'")
    assert finding.line == f"access is denied: allow {action} on 'orders': {consequence}"
    assert finding.level is Level.ERROR


def test_one_consequence_of_several_actions_is_said_once() -> None:
    actions = ["kinesis:GetRecords", "kinesis:GetShardIterator"]
    assert denied(actions, "stream 'clicks'").consequence == "no record of it comes"


def test_the_policy_with_the_statement_is_named() -> None:
    assert denied(["sqs:SendMessage"], "'dead'", "sqs.json").mend.endswith("--policy-document file://docs/iam/sqs.json")
    assert denied(["READ"], "topic 'events'").mend == ""


def test_what_does_not_answer_is_another_thing_than_what_is_not_there() -> None:
    away, gone = unreachable("Connection refused"), missing("no such queue", "aws sqs create-queue")
    assert (away.code, gone.code) == ("source.unreachable", "source.missing")
    assert gone.mend == "aws sqs create-queue"
