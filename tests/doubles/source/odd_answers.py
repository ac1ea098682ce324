"""Answers that no SQS would give, and both transports that are given them, without a network."""

from __future__ import annotations

import asyncio
import copy
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import md5
from typing import Any

from botocore.awsrequest import AWSResponse
from hypothesis import strategies as st

from doubles.limited_log import limited_log
from doubles.source.sqs_apis import KEYS, REGION, Given
from punctuald.clock import ManualClock
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.http import HttpAnswer
from punctuald.source.sqs.client import make_client, resolve
from punctuald.source.sqs.source import SqsSource
from punctuald.source.sqs.transport.fast import FastApi

ENDPOINT_URL = "http://127.0.0.1:9"
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"


def message(number: int) -> dict[str, Any]:
    body = f"body {number}"
    return {
        "MessageId": f"m{number}",
        "ReceiptHandle": f"r{number}",
        "Body": body,
        "MD5OfBody": md5(body.encode(), usedforsecurity=False).hexdigest(),
        "Attributes": {"SentTimestamp": "1700000000000", "ApproximateReceiveCount": "1", "MessageGroupId": "g"},
        "MessageAttributes": {
            "sla_tier": {"DataType": "String", "StringValue": "peak_hours"},
            "raw": {"DataType": "Binary", "BinaryValue": "/wA="},
        },
    }


RIGHT: dict[str, Any] = {
    "Messages": [message(0), message(1)],
    "Successful": [{"Id": "1"}],
    "Failed": [{"Id": "0", "Code": "InternalError", "Message": "later", "SenderFault": False}],
    "QueueUrl": f"{ENDPOINT_URL}/1/orders",
    "MessageId": "m9",
    "Attributes": {
        "RedrivePolicy": '{"maxReceiveCount": "5", "deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:dead"}',
        "ApproximateNumberOfMessages": "1",
        "ApproximateNumberOfMessagesNotVisible": "2",
        "ApproximateNumberOfMessagesDelayed": "3",
        "DelaySeconds": "10",
    },
    "__type": "com.amazonaws.sqs#OverLimit",
    "message": "no",
}
"""All that any operation's answer has, and a refusal."""

NUMBERS_AS_TEXT = st.sampled_from(["", "9" * 400, "9" * 5_000, "-1", "1e400"])
TEXTS = st.text('a0é\U0001f600\ud800\n\0{}[]":=-', max_size=6) | NUMBERS_AS_TEXT
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
STATUSES = st.sampled_from([200] * 8 + [201, 204, 301, 400, 403, 413, 500, 503])


@dataclass(frozen=True)
class Odd:
    """A status and a body."""

    status: int
    body: bytes

    @property
    def parsed(self) -> Any:
        """As Python reads it; None where it is no JSON."""
        try:
            return json.loads(self.body.decode())
        except (ValueError, RecursionError):
            return None


@st.composite
def odd_answers(draw: st.DrawFn, statuses: st.SearchStrategy[int] = STATUSES) -> Odd:
    """What is right, changed in up to three places, at any depth, and sometimes cut off."""
    answer = copy.deepcopy(RIGHT)
    for _ in range(draw(st.integers(0, 3))):
        _change(draw, answer)
    body = json.dumps(answer if draw(st.integers(0, 30)) else draw(VALUES)).encode()
    if not draw(st.integers(0, 20)):
        body = body[: draw(st.integers(0, len(body)))] + draw(st.binary(max_size=3))
    return Odd(draw(statuses), body)


def _change(draw: st.DrawFn, holder: Any) -> None:
    while True:
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner or not draw(st.integers(0, 3)):
            break
        holder = inner
    if draw(st.booleans()):
        holder[key] = draw(VALUES)
    else:
        del holder[key]


class OddConnections:
    """As much of `Connections` as `FastApi` asks. The first receive is answered at once, later ones bring nothing."""

    def __init__(self, odd: Odd, *, once: bool = False) -> None:
        self.odd = odd
        self._once = once
        self._received = False

    def hold(self) -> None:
        """Nothing is open."""

    async def release(self) -> None:
        """Nothing is open."""

    async def exchange(self, request: bytes, timeout_seconds: float, *, twice: bool = False) -> HttpAnswer:  # noqa: ARG002
        head, body = f"HTTP/1.1 {self.odd.status} X\r\ndate: {DATE}".encode(), self.odd.body
        if self._once and b"AmazonSQS.ReceiveMessage" in request:
            if self._received:
                await asyncio.sleep(1.0)
                return HttpAnswer(200, head, b"{}", reusable=True)
            self._received = True
        return HttpAnswer(self.odd.status, head, body, reusable=True)


@cache
def endpoint() -> Endpoint:
    return resolve(REGION, ENDPOINT_URL)


def fast_api(connections: OddConnections, clock: ManualClock) -> FastApi:
    return FastApi(endpoint(), connections, Given(KEYS), ClockSkew(clock))  # type: ignore[arg-type]  # a double


def source(api: Any, clock: ManualClock, url: str | None = f"{ENDPOINT_URL}/1/orders") -> SqsSource:
    return SqsSource(api, "orders", url, "", lambda _: None, clock, ClockSkew(clock), limited_log(clock))


@dataclass
class OddClient:
    """A botocore client that is answered so; all of botocore runs but its sockets."""

    odd: Odd = Odd(200, b"{}")
    client: Any = field(default_factory=lambda: make_client(REGION, ENDPOINT_URL, 0, 1))

    def __post_init__(self) -> None:
        self.client.meta.events.register_last("before-send.sqs", self._answer)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        headers = {"Date": DATE, "date": DATE, "content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, self.odd.status, headers, _Body(self.odd.body))


class _Body(io.BytesIO):
    """As much of urllib3's response as botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
