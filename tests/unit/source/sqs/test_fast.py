"""The fast client against answers from SQS's bad days; where boto3 has a word for one, ours is the same."""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from conftest import RunAsync
from doubles.canned_server import SILENCE, CannedServer, Reply, reply
from punctuald.clock import ManualClock, SystemClock
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Failure, Message
from punctuald.source.aws import session
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.credentials import SessionCredentials
from punctuald.source.aws.sigv4 import Credentials
from punctuald.source.sqs import fast as fast_module
from punctuald.source.sqs.api import SqsApi
from punctuald.source.sqs.boto import BotoApi
from punctuald.source.sqs.client import make_client, resolve
from punctuald.source.sqs.fast import CredentialsProvider, FastApi
from punctuald.source.sqs.source import SqsSource

REGION = "eu-west-1"
QUEUE_URL = "https://sqs.example/orders"
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TOKEN = "the/token=="  # noqa: S105 - nobody's
QUERY_ERROR = "AWS.SimpleQueueService.NonExistentQueue;Sender"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


class Given:
    """Credentials that nobody looks up."""

    def __init__(self, keys: Credentials) -> None:
        self._keys = keys

    async def current(self) -> Credentials:
        return self._keys


@asynccontextmanager
async def fast(
    server: CannedServer,
    keys: Credentials = KEYS,
    clock: SystemClock | ManualClock | None = None,
    provider: CredentialsProvider | None = None,
) -> AsyncIterator[FastApi]:
    endpoint = resolve(REGION, server.url)
    skew = ClockSkew(clock or SystemClock())
    api = FastApi(endpoint, Connections(endpoint.server), provider or Given(keys), skew)
    try:
        yield api
    finally:
        await api.close()


@asynccontextmanager
async def boto(server: CannedServer) -> AsyncIterator[BotoApi]:
    client = make_client(REGION, server.url, 0, 1)
    api = BotoApi(client, client, 1)
    try:
        yield api
    finally:
        await api.close()


def source(api: SqsApi, url: str = QUEUE_URL) -> SqsSource:
    clock = SystemClock()
    return SqsSource(api, "orders", url, "", lambda _: None, clock, ClockSkew(clock))


async def received(server: CannedServer, times: int = 1) -> list[list[Message]]:
    """What so many receives bring, one after another."""
    async with fast(server) as api:
        return [list(await source(api).receive(10, 0, 30)) for _ in range(times)]


async def error_of(api: SqsApi) -> SourceError:
    """What a receive raises."""
    with pytest.raises((SourceUnavailable, SourceMisconfigured)) as raised:
        await source(api).receive(10, 0, 30)
    return raised.value


async def errors_of_both(server: CannedServer) -> tuple[Any, Any]:
    """Of the fast transport and of boto3."""
    async with fast(server) as ours, boto(server) as theirs:
        return await error_of(ours), await error_of(theirs)


def wire(body: str = "hello", **fields: Any) -> dict[str, Any]:
    """A message as SQS sends it."""
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return {"MessageId": "m1", "ReceiptHandle": "r1", "Body": body, "MD5OfBody": digest, "Attributes": {}, **fields}


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


ANSWERS = {
    "throttled": reply({"__type": "com.amazonaws.sqs#RequestThrottled", "message": "slower"}, "400 Bad Request"),
    "throttled otherwise": reply({"__type": "ThrottlingException", "Message": "slower"}, "400 Bad Request"),
    "old name": reply(
        {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no"}, "400 X", x_amzn_query_error=QUERY_ERROR
    ),
    "odd old name": reply({"__type": "QueueDoesNotExist"}, "400 X", x_amzn_query_error="odd"),
    "denied": reply({"__type": "AccessDeniedException", "message": "not\nyou"}, "403 Forbidden"),
    "code with a colon": reply({"__type": "InternalFailure:http://aws/"}, "500 X"),
    "page": reply(body=b"<html><body>busy</body></html>", status="503 Service Unavailable"),
    "nothing": reply(body=b"", status="500 Internal Server Error"),
    "no code": reply({"message": "strange"}, "502 Bad Gateway"),
    "text": reply(body=b"upstream timed out", status="504 Gateway Timeout"),
    "elsewhere": reply(body=b"", status="301 Moved", location="http://other/"),
    "chunked": Reply(
        b'HTTP/1.1 400 X\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n{"__type":"OverLim\r\n5\r\nit"}\n\r\n0\r\n\r\n'
    ),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_refusal_means_what_it_means_to_boto3(answer: Reply, run_async: RunAsync) -> None:
    with CannedServer(answer, answer) as server:
        ours, boto3s = run_async(errors_of_both(server))
    assert (type(ours), ours.code, str(ours)) == (type(boto3s), boto3s.code, str(boto3s))
    assert ours.__cause__.response["Error"] == boto3s.__cause__.response["Error"]


@pytest.mark.parametrize(
    "broken",
    [Reply(close=True), Reply(b"220 mail\r\n\r\n", close=True), SILENCE],
    ids=["closed", "no HTTP", "silent"],
)
def test_a_broken_connection_has_boto3s_name(
    broken: Reply | None, run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "ANSWER_GRACE_SECONDS", 1)
    monkeypatch.setattr(fast_module, "ANSWER_GRACE_SECONDS", 1)
    with CannedServer(broken, broken) as server:
        ours, theirs = run_async(errors_of_both(server))
    assert ours.code == theirs.code
    assert ours.code in {"ConnectionClosedError", "ReadTimeoutError"}


def test_an_answer_that_breaks_off_is_no_empty_queue_as_it_is_to_boto3(run_async: RunAsync) -> None:
    cut = Reply(reply({"Messages": [wire()]}).data[:-3], close=True)
    with CannedServer(cut) as server, pytest.raises(SourceUnavailable) as raised:
        run_async(received(server))
    assert raised.value.code == "ConnectionClosedError"


@pytest.mark.parametrize("body", [b"<html>log in to this Wi-Fi</html>", b"[]", b'"ok"', b'{"Messages": '])
def test_a_good_status_with_a_bad_body_is_no_empty_queue(body: bytes, run_async: RunAsync) -> None:
    with CannedServer(reply(body=body)) as server, pytest.raises(SourceUnavailable) as raised:
        run_async(received(server))
    assert raised.value.code == "UnreadableAnswer"


@pytest.mark.parametrize("body", [b"[]", b'{"__type": 5}', "Zugriff überlastet".encode("latin-1")])
def test_a_refusal_that_can_not_be_read_is_still_our_error(body: bytes, run_async: RunAsync) -> None:
    with CannedServer(reply(body=body, status="400 X")) as server, pytest.raises(SourceUnavailable):
        run_async(received(server))


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
    assert [(line["event"], line["message_id"]) for line in logged] == [("source.body_damaged", "m2")]


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


def test_a_whole_batch_that_one_bad_handle_spoils_goes_one_by_one(run_async: RunAsync) -> None:
    spoilt = reply({"__type": "com.amazonaws.sqs#ReceiptHandleIsInvalid", "message": "not one"}, "400 Bad Request")
    messages = [Message(f"m{n}", "orders", "", f"r{n}", sent_utc=0, received_utc=0) for n in (1, 2)]

    async def body() -> list[Failure]:
        async with fast(server) as api:
            return list(await source(api).acknowledge(messages))

    with CannedServer(spoilt, spoilt, reply()) as server:
        (failure,) = run_async(body())
    assert (failure.receipt_handle, failure.code, failure.retryable) == ("r1", "ReceiptHandleIsInvalid", False)


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


def test_credentials_that_can_not_be_had_are_told_like_boto3s(
    run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    async def body() -> SourceError:
        async with fast(server, provider=SessionCredentials()) as api:
            return await error_of(api)

    with CannedServer() as server:
        error = run_async(body())
    assert isinstance(error, SourceMisconfigured)
    assert "no credentials found" in str(error)
    assert server.requests == []
