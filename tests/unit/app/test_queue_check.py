"""`check --connect` against a queue whose policy allows this and denies that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from punctuald.app.sources.queue_check import QueueCheck, check_queue
from punctuald.clock import SystemClock
from punctuald.config import QueueSettings

ACTIONS = {
    "GetQueueUrl": "sqs:GetQueueUrl",
    "GetQueueAttributes": "sqs:GetQueueAttributes",
    "ReceiveMessage": "sqs:ReceiveMessage",
    "DeleteMessage": "sqs:DeleteMessage",
    "ChangeMessageVisibility": "sqs:ChangeMessageVisibility",
    "SendMessageBatch": "sqs:SendMessage",
}
REFUSALS = {
    "ReceiveMessage": "InvalidParameterValue",
    "DeleteMessage": "ReceiptHandleIsInvalid",
    "ChangeMessageVisibility": "ReceiptHandleIsInvalid",
    "SendMessageBatch": "AWS.SimpleQueueService.EmptyBatchRequest",
}
"""What SQS answers to a call that makes no sense, where it is allowed."""

POLICY = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123:orders-dlq", "maxReceiveCount": "5"})
ORDERS = {"RedrivePolicy": POLICY, "VisibilityTimeout": "30", "MessageRetentionPeriod": "345600"}
ROOMY = {"MessageRetentionPeriod": "1209600"}


class Account:
    """SQS with queues of these attributes, for somebody who is denied some actions, each on some queue."""

    region = "eu-west-1"
    endpoint_url = "https://sqs.eu-west-1.amazonaws.com"

    def __init__(self, queues: Mapping[str, Mapping[str, str]], denied: frozenset[tuple[str, str]]) -> None:
        self._queues = queues
        self._denied = denied
        self.closed = False

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:
        assert wait_seconds == 0
        name = parameters.get("QueueName") or parameters["QueueUrl"].rpartition("/")[2]
        if (ACTIONS[operation], name) in self._denied:
            raise refusal("AccessDenied", operation)
        if name not in self._queues:
            raise refusal("AWS.SimpleQueueService.NonExistentQueue", operation)
        if operation in REFUSALS:
            raise refusal(REFUSALS[operation], operation)
        if operation == "GetQueueUrl":
            return {"QueueUrl": f"{self.endpoint_url}/123/{name}"}
        asked = parameters["AttributeNames"]
        return {"Attributes": {key: value for key, value in self._queues[name].items() if key in asked}}

    async def close(self) -> None:
        self.closed = True


def refusal(code: str, operation: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation
    )


def checked(
    *denied: tuple[str, str], queues: Mapping[str, Mapping[str, str]] | None = None, **settings: Any
) -> QueueCheck:
    account = Account(queues or {"orders": ORDERS, "orders-dlq": ROOMY}, frozenset(denied))
    queue = QueueSettings(name="orders", handler="shop:handle", **settings)
    check = asyncio.run(check_queue(queue, account, SystemClock()))
    assert account.closed
    return check


def test_a_queue_that_allows_all_has_no_problem() -> None:
    check = checked()
    assert (check.problems, check.advice) == ((), ())
    assert check.facts.max_receives == 5


@pytest.mark.parametrize(
    ("action", "queue"),
    [
        ("sqs:ReceiveMessage", "orders"),
        ("sqs:DeleteMessage", "orders"),
        ("sqs:ChangeMessageVisibility", "orders"),
        ("sqs:GetQueueAttributes", "orders"),
        ("sqs:GetQueueUrl", "orders"),
        ("sqs:SendMessage", "orders-dlq"),
        ("sqs:GetQueueUrl", "orders-dlq"),
    ],
)
def test_the_action_that_is_denied_is_named_with_its_queue(action: str, queue: str) -> None:
    [problem] = checked((action, queue)).problems
    assert problem.startswith(f"access is denied: allow {action} on {queue!r}: ")


def test_all_that_is_denied_on_a_queue_is_one_line() -> None:
    denied = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    [problem] = checked(*((action, "orders") for action in denied)).problems
    assert problem.startswith(f"access is denied: allow {', '.join(denied)} on 'orders': no message of it comes; ")


def test_reading_the_dead_letter_queues_attributes_is_not_needed() -> None:
    check = checked(("sqs:GetQueueAttributes", "orders-dlq"))
    assert (check.problems, check.advice) == ((), ())


def test_sending_is_needed_where_rejected_messages_go_and_nowhere_else() -> None:
    queues = {"orders": ORDERS, "orders-dlq": ROOMY, "rejects": {}}
    denied = [("sqs:SendMessage", "orders-dlq"), ("sqs:GetQueueUrl", "orders-dlq")]
    assert checked(*denied, queues=queues, dead_letter_queue="rejects").problems == ()
    denied = [("sqs:SendMessage", "rejects")]
    [problem] = checked(*denied, queues=queues, dead_letter_queue="rejects").problems
    assert problem == ("access is denied: allow sqs:SendMessage on 'rejects': what is rejected has nowhere to go")


@pytest.mark.parametrize("written", ["gone", "https://sqs.eu-west-1.amazonaws.com/123/gone"])
def test_a_dead_letter_queue_that_is_not_there_is_named(written: str) -> None:
    [problem] = checked(dead_letter_queue=written).problems
    assert problem.startswith("its dead-letter queue 'gone' does not exist")


def test_the_redrive_policys_dead_letter_queue_has_to_exist_too() -> None:
    [problem] = checked(queues={"orders": ORDERS}).problems
    assert problem.startswith("its dead-letter queue 'orders-dlq' does not exist")


@pytest.mark.parametrize("written", ["orders", "https://sqs.eu-west-1.amazonaws.com/123/orders"])
def test_a_queue_is_no_dead_letter_queue_of_its_own(written: str) -> None:
    [problem] = checked(dead_letter_queue=written).problems
    assert problem.startswith("dead_letter_queue is the queue itself")


def test_what_is_allowed_and_dangerous_is_advice() -> None:
    short = {**ORDERS, "VisibilityTimeout": "0"}
    check = checked(queues={"orders": short, "orders-dlq": {"MessageRetentionPeriod": "345600"}})
    assert check.problems == ()
    assert [line[:20] for line in check.advice] == ["'orders-dlq' keeps m", "its visibility timeo"]


def test_a_queue_that_is_not_there_is_said_by_the_usual_words() -> None:
    [problem] = checked(queues={"others": {}}).problems
    assert "it does not exist there: check the queue's name and region" in problem


def test_a_key_of_the_accounts_own_is_named() -> None:
    assert (
        checked(queues={"orders": {**ORDERS, "KmsMasterKeyId": "alias/orders"}, "orders-dlq": {}}).facts.key
        == "alias/orders"
    )
