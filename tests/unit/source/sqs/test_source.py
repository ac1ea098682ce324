"""What only SQS has: its limits, its redrive policy, its client; against an api that records what it is asked."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from captured_logs import capture_logs
from conftest import RunAsync
from doubles.limited_log import limited_log
from doubles.source.recording_api import RecordingApi
from punctuald.clock import ManualClock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Message, Release
from punctuald.ports import SourceLimits, SourceRules
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.sqs.client import make_client
from punctuald.source.sqs.source import SqsSource

POLICY = '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:orders-dead", "maxReceiveCount": "5"}'
MESSAGE = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0)


def source(
    api: RecordingApi,
    dead_letter_queue: str = "",
    clock: ManualClock | None = None,
    name: str = "orders",
    url: str | None = None,
) -> SqsSource:
    manual = clock or ManualClock()
    return SqsSource(api, name, url, dead_letter_queue, lambda _: None, manual, ClockSkew(manual), limited_log(manual))


@pytest.mark.parametrize(
    ("room", "wait_seconds", "visibility_seconds", "asked"),
    [(3, 20, 30, (3, 20, 30)), (50, 60, 99_999, (10, 20, 43_200)), (0, 0.2, 30, (1, 1, 30)), (1, 0, 30, (1, 0, 30))],
)
def test_a_receive_stays_within_the_limits_of_sqs(
    room: int, wait_seconds: float, visibility_seconds: int, asked: tuple[int, int, int], run_async: RunAsync
) -> None:
    api = RecordingApi()
    run_async(source(api).receive(room, wait_seconds, visibility_seconds))
    (call,) = api.asked("ReceiveMessage")
    assert (call["MaxNumberOfMessages"], call["WaitTimeSeconds"], call["VisibilityTimeout"]) == asked


def test_the_address_is_asked_for_once_and_only_when_needed(run_async: RunAsync) -> None:
    api = RecordingApi()
    orders = source(api)
    assert api.calls == []
    run_async(orders.receive(1, 0, 30))
    run_async(orders.receive(1, 0, 30))
    assert api.asked("GetQueueUrl") == [{"QueueName": "orders"}]


def test_the_dead_letter_queue_is_found_in_the_redrive_policy_once(run_async: RunAsync) -> None:
    api = RecordingApi(GetQueueAttributes={"Attributes": {"RedrivePolicy": POLICY}})
    orders = source(api)
    assert list(run_async(orders.dead_letter(MESSAGE, "why"))) == []
    assert list(run_async(orders.dead_letter(MESSAGE, "why"))) == []
    assert api.asked("GetQueueUrl")[1:] == [{"QueueName": "orders-dead", "QueueOwnerAWSAccountId": "123456789012"}]
    assert [name for name, _, _ in api.calls][-2:] == ["SendMessage", "DeleteMessageBatch"]


@pytest.mark.parametrize("named", ["orders-dead", "https://sqs/dead"])
def test_a_configured_dead_letter_queue_needs_no_policy(named: str, run_async: RunAsync) -> None:
    api = RecordingApi()
    assert list(run_async(source(api, named).dead_letter(MESSAGE, "why"))) == []
    assert api.asked("GetQueueAttributes") == []
    assert len(api.asked("SendMessage")) == 1


def test_without_a_dead_letter_queue_nothing_is_deleted_and_it_is_asked_again_later(run_async: RunAsync) -> None:
    api, clock = RecordingApi(), ManualClock()
    orders = source(api, clock=clock)
    for _ in range(2):
        (failure,) = run_async(orders.dead_letter(MESSAGE, "why"))
        assert (failure.receipt_handle, failure.code, failure.retryable) == ("r1", "NoDeadLetterQueue", False)
    clock.advance(61)
    run_async(orders.dead_letter(MESSAGE, "why"))
    assert len(api.asked("GetQueueAttributes")) == 2
    assert api.asked("DeleteMessageBatch") == []


def test_a_copy_that_is_refused_leaves_the_message_where_it_is(run_async: RunAsync) -> None:
    refused = ClientError({"Error": {"Code": "InvalidParameterValue", "Message": "too long"}}, "SendMessage")
    api = RecordingApi(SendMessage=refused)
    (failure,) = run_async(source(api, "https://sqs/dead").dead_letter(MESSAGE, "why"))
    assert (failure.code, failure.retryable) == ("DeadLetterRefused", False)
    assert "InvalidParameterValue: too long" in failure.text
    assert api.asked("DeleteMessageBatch") == []


def test_a_copy_that_got_no_answer_is_tried_again_and_nothing_is_deleted(run_async: RunAsync) -> None:
    throttled = ClientError({"Error": {"Code": "RequestThrottled", "Message": "slower"}}, "SendMessage")
    api = RecordingApi(SendMessage=throttled)
    with pytest.raises(SourceUnavailable):
        run_async(source(api, "https://sqs/dead").dead_letter(MESSAGE, "why"))
    assert api.asked("DeleteMessageBatch") == []


def test_a_reason_that_found_no_room_is_in_the_log(run_async: RunAsync) -> None:
    full = {f"a{number}": str(number) for number in range(10)}
    message = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0, attributes=full)
    with capture_logs() as logged:
        run_async(source(RecordingApi(), "https://sqs/dead").dead_letter(message, "why"))
    assert [(line["event"], line["message_id"], line["reason"]) for line in logged] == [
        ("source.reason_not_attached", "m1", "why")
    ]


@pytest.mark.parametrize(
    ("attributes", "rules"),
    [
        ({"RedrivePolicy": POLICY}, SourceRules(5)),
        ({"RedrivePolicy": POLICY, "DelaySeconds": "10"}, SourceRules(5, 10.0)),
        ({"DelaySeconds": 900}, SourceRules(None, 900.0)),
        ({}, SourceRules(None)),
    ],
)
def test_redrive_policy_and_delay_are_asked_for_together_and_afresh(
    attributes: dict[str, str], rules: SourceRules, run_async: RunAsync
) -> None:
    api = RecordingApi(GetQueueAttributes={"Attributes": attributes})
    orders = source(api)
    assert [run_async(orders.rules()) for _ in range(2)] == [rules] * 2
    assert [call["AttributeNames"] for call in api.asked("GetQueueAttributes")] == [
        ["RedrivePolicy", "DelaySeconds"]
    ] * 2


@pytest.mark.parametrize("odd", [None, "", "soon", "-1", "901", [], {}, 1e300, True])
def test_a_delay_that_can_not_be_read_costs_only_itself(odd: object, run_async: RunAsync) -> None:
    api = RecordingApi(GetQueueAttributes={"Attributes": {"RedrivePolicy": POLICY, "DelaySeconds": odd}})
    assert run_async(source(api).rules()) in {SourceRules(5), SourceRules(5, 1.0)}


def test_only_a_receives_timeout_includes_its_wait(run_async: RunAsync) -> None:
    api = RecordingApi()
    orders = source(api)
    run_async(orders.receive(10, 20, 30))
    run_async(orders.acknowledge([MESSAGE]))
    run_async(orders.extend([MESSAGE], 30))
    run_async(orders.release([Release(MESSAGE)]))
    assert [(name, wait_seconds) for name, _, wait_seconds in api.calls[1:]] == [
        ("ReceiveMessage", 20),
        ("DeleteMessageBatch", 0),
        ("ChangeMessageVisibilityBatch", 0),
        ("ChangeMessageVisibilityBatch", 0),
    ]


def test_each_receive_of_a_fifo_queue_has_an_attempt_id_of_its_own(run_async: RunAsync) -> None:
    api = RecordingApi()
    orders = source(api, url="https://sqs/orders.fifo")
    for _ in range(2):
        run_async(orders.receive(10, 0, 30))
    ids = [call["ReceiveRequestAttemptId"] for call in api.asked("ReceiveMessage")]
    assert len(set(ids)) == 2
    run_async(source(api).receive(10, 0, 30))
    assert "ReceiveRequestAttemptId" not in api.asked("ReceiveMessage")[-1], "a standard queue refuses it"


def test_one_handle_goes_once_in_a_batch(run_async: RunAsync) -> None:
    api = RecordingApi()
    run_async(source(api).acknowledge([MESSAGE, MESSAGE]))
    assert api.asked("DeleteMessageBatch")[0]["Entries"] == [{"Id": "0", "ReceiptHandle": "r1"}]


def test_its_limits_are_those_of_sqs() -> None:
    assert source(RecordingApi()).limits == SourceLimits(10, 10, 43_200)


def test_it_closes_its_api_once_and_refuses_calls(run_async: RunAsync) -> None:
    api = RecordingApi()
    orders = source(api, url="https://sqs/orders")
    run_async(orders.close())
    run_async(orders.close())
    with pytest.raises(SourceUnavailable) as raised:
        run_async(orders.receive(10, 0, 30))
    assert (raised.value.code, api.calls, api.closed) == ("Closed", [], 1)


@pytest.mark.parametrize(("region", "endpoint_url"), [("", ""), ("us-east-1", "no url"), ("not a region", "")])
def test_a_client_that_can_not_be_made_says_what_to_mend(
    region: str, endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(SourceMisconfigured, match=r"^SQS .*region"):
        make_client(region, endpoint_url, 20, 1)
