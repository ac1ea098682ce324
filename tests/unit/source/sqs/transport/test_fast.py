"""The fast transport: what it sends, how it reads, and whom it trusts; as boto3 does."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.exceptions import ClientError

from captured_logs import capture_logs
from conftest import RunAsync
from doubles.source.broker_ahead import BrokerAhead
from doubles.source.canned_server import CannedServer, Reply, reply
from doubles.source.sqs_apis import KEYS, QUEUE_URL, boto, fast, received, source, wire
from punctuald.clock import ManualClock
from punctuald.errors import SourceMisconfigured, SourceUnavailable

TOKEN = "the/token=="  # noqa: S105 - nobody's


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def test_a_request_is_what_boto3_sends(run_async: RunAsync) -> None:
    parameters = {"QueueUrl": QUEUE_URL, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}

    async def body() -> None:
        async with fast(server) as ours, boto(server) as theirs:
            for api in (ours, theirs):
                await api.call("ReceiveMessage", parameters)

    with CannedServer(reply(), reply()) as server:
        run_async(body())
    ours, theirs = server.requests
    assert ours.json() == theirs.json() == parameters
    for name in ("host", "content-type", "x-amz-target", "x-amzn-query-mode", "accept-encoding"):
        assert ours.headers[name] == theirs.headers[name]
    scope = re.compile(r"^.*?, SignedHeaders=")
    found = [scope.match(request.headers["authorization"]) for request in (ours, theirs)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0][0] == found[1][0], "algorithm, key, day, region and service"


def test_a_session_token_is_sent_and_signed(run_async: RunAsync) -> None:
    async def body() -> None:
        async with fast(server, KEYS._replace(token=TOKEN)) as api:
            await api.call("ReceiveMessage", {"QueueUrl": QUEUE_URL})

    with CannedServer(reply()) as server:
        run_async(body())
    headers = server.requests[0].headers
    assert headers["x-amz-security-token"] == TOKEN
    assert "x-amz-security-token;" in headers["authorization"]


def test_nulls_are_nothing(run_async: RunAsync) -> None:
    given = {"Messages": [wire(MessageAttributes=None, Attributes=None)], "NextToken": None}
    with CannedServer(reply({"Messages": None}), reply(given)) as server:
        first, second = run_async(received(server, 2))
    assert (first, [message.body for message in second]) == ([], ["hello"])


def test_a_body_that_was_damaged_on_its_way_is_let_lie_and_told(run_async: RunAsync) -> None:
    messages = [wire("whole"), wire("damaged", MD5OfBody="0" * 32, MessageId="m2")]
    with CannedServer(reply({"Messages": messages})) as server, capture_logs() as logged:
        (came,) = run_async(received(server))
    assert [message.body for message in came] == ["whole"]
    damaged = [line["message_id"] for line in logged if line["event"] == "source.body_damaged"]
    assert damaged == ["m2"]


def test_binary_attributes_are_bytes_as_boto3_gives_them_and_are_sent_on_as_boto3_sends_them(
    run_async: RunAsync,
) -> None:
    attributes = {"raw": {"DataType": "Binary", "BinaryValue": "/wA="}, "n": {"DataType": "Number", "StringValue": "3"}}
    answer = reply({"Messages": [wire(MessageAttributes=attributes)]})

    async def body() -> list[Any]:
        came = []
        async with fast(server) as ours, boto(server) as theirs:
            for api in (ours, theirs):
                (message,) = (await api.call("ReceiveMessage", {"QueueUrl": QUEUE_URL}))["Messages"]
                came.append(message["MessageAttributes"])
                sent = {"QueueUrl": QUEUE_URL, "MessageBody": "x", "MessageAttributes": message["MessageAttributes"]}
                await api.call("SendMessage", sent)
        return came

    with CannedServer(answer, reply(), answer, reply()) as server:
        ours, theirs = run_async(body())
    assert ours == theirs
    assert ours["raw"]["BinaryValue"] == b"\xff\x00"
    assert server.requests[1].json() == server.requests[3].json()


async def call_twice(server: CannedServer, clock: ManualClock) -> None:
    async with fast(server, clock=clock) as api:
        for _ in range(2):
            await api.call("ReceiveMessage", {"QueueUrl": QUEUE_URL})


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch"])
@pytest.mark.parametrize("off_seconds", [-3_600, 900])
def test_a_clock_that_is_off_is_corrected_by_the_answers_date_and_stays_so(
    code: str, off_seconds: int, run_async: RunAsync
) -> None:
    clock = ManualClock()
    date = formatdate(clock.utc() + off_seconds, usegmt=True)
    refused = reply({"__type": code}, "403 Forbidden", date=date)
    with CannedServer(refused, reply(), reply()) as server:
        run_async(call_twice(server, clock))
    dates = [request.headers["x-amz-date"] for request in server.requests]
    assert dates[0] == "20231114T221320Z"
    assert dates[1:] == ["20231114T211320Z" if off_seconds < 0 else "20231114T222820Z"] * 2


def test_calls_that_were_under_way_when_the_clock_was_corrected_are_sent_again_too(run_async: RunAsync) -> None:
    clock = ManualClock()

    async def body(broker: BrokerAhead) -> list[Any]:
        async with fast(broker, clock=clock) as api:
            calls = [api.call("GetQueueAttributes", {"QueueUrl": QUEUE_URL}) for _ in range(5)]
            outcomes: list[Any] = await asyncio.gather(*calls, return_exceptions=True)
            return outcomes

    with CannedServer(*[reply()] * 5) as server, BrokerAhead(server.url, clock.utc() + 600 - time.time()) as broker:
        assert run_async(body(broker)) == [{}] * 5
    assert len(broker.taken) == 5


def test_a_clock_that_is_right_is_not_what_a_refused_signature_is_about(run_async: RunAsync) -> None:
    refused = reply({"__type": "SignatureDoesNotMatch"}, "403 Forbidden")
    with CannedServer(refused, reply()) as server, pytest.raises(SourceMisconfigured):
        run_async(received(server))
    assert len(server.requests) == 1


def test_a_clock_that_can_not_be_mended_is_tried_once(run_async: RunAsync) -> None:
    clock = ManualClock()
    refused = [
        reply({"__type": "RequestExpired"}, "403 Forbidden", date=formatdate(clock.utc() + off, usegmt=True))
        for off in (3_600, 7_200)
    ]
    with CannedServer(*refused, reply()) as server, pytest.raises(ClientError, match="RequestExpired"):
        run_async(call_twice(server, clock))
    assert len(server.requests) == 2


def test_a_clock_that_is_set_while_it_is_corrected_is_not_for_a_person_to_mend(run_async: RunAsync) -> None:
    refused = [
        reply({"__type": "InvalidSignatureException"}, "403 X", date=formatdate(time.time() + off, usegmt=True))
        for off in (3_600, 7_200)
    ]
    with CannedServer(*refused) as server, pytest.raises(SourceUnavailable, match="clock is off"):
        run_async(received(server))


def test_a_receive_of_a_fifo_queue_that_a_dead_connection_swallowed_is_sent_again_with_its_attempt_id(
    run_async: RunAsync,
) -> None:
    async def body() -> None:
        async with fast(server) as api:
            for _ in range(2):
                await source(api, f"{QUEUE_URL}.fifo").receive(10, 0, 30)

    with CannedServer(reply(), Reply(close=True), reply()) as server:
        run_async(body())
    first, swallowed, again = [request.json()["ReceiveRequestAttemptId"] for request in server.requests]
    assert swallowed == again != first
    assert server.connections == [1, 1, 2]


def test_certificates_are_checked_against_aws_ca_bundle(
    run_async: RunAsync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    for name, ca in (("known", authority), ("stranger", stranger)):
        ca.cert_pem.write_to_path(tmp_path / f"{name}.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with CannedServer(reply({"Messages": [wire()]}), tls=tls) as server:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "stranger.pem"))
        with pytest.raises(SourceUnavailable) as raised:
            run_async(received(server))
        assert raised.value.code == "SSLError"
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "known.pem"))
        assert [message.body for message in run_async(received(server))[0]] == ["hello"]
