"""What only SQS has: its limits, its redrive policy, its client; against a client that records what it is asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from punctuald.clock import ManualClock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Message
from punctuald.source.sqs import SqsSource
from punctuald.source.sqs_client import make_client

POLICY = '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:orders-dead", "maxReceiveCount": "5"}'
MESSAGE = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0)


class RecordingClient:
    """A botocore client as far as a source sees it; answers are set as attributes of ``answers`` by operation."""

    def __init__(self, **answers: Any) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.meta = SimpleNamespace(region_name="eu-west-1", endpoint_url="https://sqs")
        self._answers = {"get_queue_url": {"QueueUrl": "https://sqs/found"}, **answers}

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            answer = self._answers.get(operation, {})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def asked(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == operation]


def source(client: RecordingClient, dead_letter_queue: str = "", clock: ManualClock | None = None) -> SqsSource:
    return SqsSource(client, "orders", None, dead_letter_queue, lambda _: None, clock or ManualClock())


@pytest.mark.parametrize(
    ("room", "wait_seconds", "visibility_seconds", "asked"),
    [(3, 20, 30, (3, 20, 30)), (50, 60, 99_999, (10, 20, 43_200)), (0, 0.2, 30, (1, 1, 30)), (1, 0, 30, (1, 0, 30))],
)
def test_a_receive_stays_within_the_limits_of_sqs(
    room: int, wait_seconds: float, visibility_seconds: int, asked: tuple[int, int, int]
) -> None:
    client = RecordingClient()
    source(client).receive(room, wait_seconds, visibility_seconds)
    (call,) = client.asked("receive_message")
    assert (call["MaxNumberOfMessages"], call["WaitTimeSeconds"], call["VisibilityTimeout"]) == asked


def test_the_address_is_asked_for_once_and_only_when_needed() -> None:
    client = RecordingClient()
    orders = source(client)
    assert client.calls == []
    orders.receive(1, 0, 30)
    orders.receive(1, 0, 30)
    assert client.asked("get_queue_url") == [{"QueueName": "orders"}]


def test_the_dead_letter_queue_is_found_in_the_redrive_policy_once() -> None:
    client = RecordingClient(get_queue_attributes={"Attributes": {"RedrivePolicy": POLICY}})
    orders = source(client)
    assert orders.dead_letter(MESSAGE, "why") == []
    assert orders.dead_letter(MESSAGE, "why") == []
    assert client.asked("get_queue_url")[1:] == [{"QueueName": "orders-dead", "QueueOwnerAWSAccountId": "123456789012"}]
    assert [name for name, _ in client.calls][-2:] == ["send_message", "delete_message_batch"]


@pytest.mark.parametrize("named", ["orders-dead", "https://sqs/dead"])
def test_a_configured_dead_letter_queue_needs_no_policy(named: str) -> None:
    client = RecordingClient()
    assert source(client, named).dead_letter(MESSAGE, "why") == []
    assert client.asked("get_queue_attributes") == []
    assert len(client.asked("send_message")) == 1


def test_without_a_dead_letter_queue_nothing_is_deleted_and_it_is_asked_again_later() -> None:
    client, clock = RecordingClient(), ManualClock()
    orders = source(client, clock=clock)
    for _ in range(2):
        (failure,) = orders.dead_letter(MESSAGE, "why")
        assert (failure.receipt_handle, failure.code, failure.retryable) == ("r1", "NoDeadLetterQueue", False)
    clock.advance(61)
    orders.dead_letter(MESSAGE, "why")
    assert len(client.asked("get_queue_attributes")) == 2
    assert client.asked("delete_message_batch") == []


def test_a_copy_that_is_refused_leaves_the_message_where_it_is() -> None:
    refused = ClientError({"Error": {"Code": "InvalidParameterValue", "Message": "too long"}}, "SendMessage")
    client = RecordingClient(send_message=refused)
    (failure,) = source(client, "https://sqs/dead").dead_letter(MESSAGE, "why")
    assert (failure.code, failure.retryable) == ("InvalidParameterValue", False)
    assert client.asked("delete_message_batch") == []


def test_a_copy_that_got_no_answer_is_tried_again_and_nothing_is_deleted() -> None:
    throttled = ClientError({"Error": {"Code": "RequestThrottled", "Message": "slower"}}, "SendMessage")
    client = RecordingClient(send_message=throttled)
    with pytest.raises(SourceUnavailable):
        source(client, "https://sqs/dead").dead_letter(MESSAGE, "why")
    assert client.asked("delete_message_batch") == []


def test_a_reason_that_found_no_room_is_in_the_log() -> None:
    full = {f"a{number}": str(number) for number in range(10)}
    message = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0, attributes=full)
    with capture_logs() as logged:
        source(RecordingClient(), "https://sqs/dead").dead_letter(message, "why")
    assert [(line["event"], line["message_id"], line["reason"]) for line in logged] == [
        ("source.reason_not_attached", "m1", "why")
    ]


@pytest.mark.parametrize(("region", "endpoint_url"), [("", ""), ("us-east-1", "no url"), ("not a region", "")])
def test_a_client_that_can_not_be_made_says_what_to_mend(
    region: str, endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(SourceMisconfigured, match=r"^SQS .*region"):
        make_client(region, endpoint_url, 20, 1)
