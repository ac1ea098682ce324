"""What was looked up and is then refused as no longer there is asked for again, once a minute at most."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from captured_logs import capture_logs
from conftest import RunAsync
from doubles.limited_log import limited_log
from punctuald.clock import ManualClock
from punctuald.errors import SourceError, SourceMisconfigured
from punctuald.model import Failure, Message
from punctuald.ports import REASON_ATTRIBUTE
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.sqs.gauge import SqsGauge
from punctuald.source.sqs.queue import SqsQueue
from punctuald.source.sqs.source import SqsSource

MESSAGE = Message("m1", "orders", "hello", "r1", sent_utc=0, received_utc=0)
COUNTS = {
    "ApproximateNumberOfMessages": "1",
    "ApproximateNumberOfMessagesNotVisible": "2",
    "ApproximateNumberOfMessagesDelayed": "3",
}


class Region:
    """Queues by name, each with a URL that changes when it is made again; an `SqsApi`."""

    region = "eu-west-1"
    endpoint_url = "https://sqs"

    def __init__(self, *names: str, dead_letter_queue: str = "dead") -> None:
        self.urls = {name: f"https://sqs/1/{name}" for name in names}
        self.dead_letter_queue = dead_letter_queue
        self.asked: list[tuple[str, str]] = []
        self.longest_copy = 10_000
        self.copies: list[dict[str, Any]] = []

    def make_again(self, name: str) -> None:
        self.urls[name] = f"{self.urls[name]}-again"

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:  # noqa: ARG002
        return self.answer(operation, parameters)

    async def close(self) -> None:
        """Nothing is open."""

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((operation, parameters.get("QueueName") or parameters["QueueUrl"]))
        if operation == "GetQueueUrl" and parameters["QueueName"] in self.urls:
            return {"QueueUrl": self.urls[parameters["QueueName"]]}
        if parameters.get("QueueUrl") not in self.urls.values():
            raise ClientError({"Error": {"Code": "QueueDoesNotExist", "Message": "gone"}}, operation)
        if operation == "SendMessage":
            self._take_copy(parameters)
        policy = f'{{"maxReceiveCount": 5, "deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:{self.dead_letter_queue}"}}'
        return {"Attributes": {"RedrivePolicy": policy, **COUNTS}}

    def _take_copy(self, parameters: Mapping[str, Any]) -> None:
        attributes = parameters["MessageAttributes"].values()
        length = len(parameters["MessageBody"]) + sum(len(value["StringValue"]) for value in attributes)
        if length > self.longest_copy:
            error = {"Code": "InvalidParameterValue", "Message": "Message must be shorter"}
            raise ClientError({"Error": error}, "SendMessage")
        self.copies.append(dict(parameters))

    def times(self, operation: str, of: str) -> int:
        return self.asked.count((operation, of))


def source(region: Region, clock: ManualClock) -> SqsSource:
    return SqsSource(region, "orders", None, "", lambda _: None, clock, ClockSkew(clock), limited_log(clock))


async def refused(orders: SqsSource) -> SourceError:
    with pytest.raises(SourceMisconfigured) as raised:
        await orders.receive(1, 0, 30)
    return raised.value


def test_a_queue_that_was_made_again_elsewhere_is_found_again(run_async: RunAsync) -> None:
    region, clock = Region("orders"), ManualClock()

    async def body() -> None:
        orders = source(region, clock)
        await orders.receive(1, 0, 30)
        region.make_again("orders")
        assert "queue 'orders'" in str(await refused(orders))
        clock.advance(61)
        await refused(orders)
        assert list(await orders.receive(1, 0, 30)) == []

    run_async(body())
    assert region.times("GetQueueUrl", "orders") == 2


def test_a_queue_that_is_gone_is_looked_for_once_a_minute(run_async: RunAsync) -> None:
    region, clock = Region("orders"), ManualClock()

    async def body() -> None:
        orders = source(region, clock)
        await orders.receive(1, 0, 30)
        del region.urls["orders"]
        for _ in range(300):
            clock.advance(1)
            await refused(orders)

    run_async(body())
    assert region.times("GetQueueUrl", "orders") - 1 in {4, 5}


def test_a_dead_letter_queue_that_was_replaced_is_found_in_the_policy_again(run_async: RunAsync) -> None:
    region, clock = Region("orders", "dead", "graves"), ManualClock()

    async def body() -> None:
        orders = source(region, clock)
        assert not await orders.dead_letter(MESSAGE, "why")
        del region.urls["dead"]
        region.dead_letter_queue = "graves"
        for seconds in (0, 61):
            clock.advance(seconds)
            with pytest.raises(SourceMisconfigured, match="1/dead"):
                await orders.dead_letter(MESSAGE, "why")
        assert not await orders.dead_letter(MESSAGE, "why")

    run_async(body())
    assert [copy["QueueUrl"] for copy in region.copies] == ["https://sqs/1/dead", "https://sqs/1/graves"]


def test_the_autoscaler_finds_a_queue_that_was_made_again() -> None:
    region, clock = Region("orders"), ManualClock()
    with asyncio.Runner() as runner:
        gauge = SqsGauge(SqsQueue(region, "orders", None, lambda _: None, clock), clock, runner.run)
        assert gauge.read().total == 6
        region.make_again("orders")
        for seconds in (1, 61):
            clock.advance(seconds)
            with pytest.raises(SourceMisconfigured, match="'orders'"):
                gauge.read()
        assert gauge.read().total == 6
    assert region.times("GetQueueUrl", "orders") == 2


@pytest.mark.parametrize(("longest", "taken"), [(5, True), (4, False)])
def test_a_copy_that_is_too_long_goes_without_its_reason_which_is_in_the_log(
    longest: int, taken: bool, run_async: RunAsync
) -> None:
    region, clock = Region("orders", "dead"), ManualClock()
    region.longest_copy = longest

    async def body() -> list[Failure]:
        return list(await source(region, clock).dead_letter(MESSAGE, "why"))

    with capture_logs() as logged:
        failures = run_async(body())
    assert [(failure.code, failure.retryable) for failure in failures] == [("DeadLetterRefused", False)] * (not taken)
    assert [REASON_ATTRIBUTE in copy["MessageAttributes"] for copy in region.copies] == [False] * taken
    assert [(line["event"], line["reason"]) for line in logged] == [("source.reason_not_attached", "why")]
    assert ("DeleteMessageBatch", "https://sqs/1/orders") in region.asked if taken else True
