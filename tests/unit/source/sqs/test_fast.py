"""The fast client against answers from SQS's bad days; where boto3 has a word for one, ours is the same."""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from doubles.canned_server import SILENCE, CannedServer, Reply, reply
from punctuald.clock import ManualClock, SystemClock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Message
from punctuald.source import sqs_session
from punctuald.source.signature import Credentials
from punctuald.source.sqs import SqsSource
from punctuald.source.sqs_address import resolve
from punctuald.source.sqs_client import make_client
from punctuald.source.sqs_credentials import SessionCredentials
from punctuald.source.sqs_fast import FastClient

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


def no_client() -> Any:
    raise AssertionError("botocore's client is made for what is called rarely only")


@pytest.fixture
def fast() -> Iterator[Callable[..., FastClient]]:
    """Makes clients of a server, and closes them."""
    made: list[FastClient] = []

    def make(server: CannedServer, keys: Credentials = KEYS, clock: SystemClock | ManualClock | None = None) -> Any:
        address = resolve(REGION, server.url)
        made.append(FastClient(address, lambda: keys, no_client, clock or SystemClock(), wait_seconds=0))
        return made[-1]

    yield make
    for client in made:
        client.close()


def source(client: Any) -> SqsSource:
    return SqsSource(client, "orders", QUEUE_URL, "", lambda _: None, SystemClock())


def wire(body: str = "hello", **fields: Any) -> dict[str, Any]:
    """A message as SQS sends it."""
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return {"MessageId": "m1", "ReceiptHandle": "r1", "Body": body, "MD5OfBody": digest, "Attributes": {}, **fields}


Make = Callable[..., Any]


def test_a_request_is_what_boto3_sends(fast: Make) -> None:
    parameters = {"QueueUrl": QUEUE_URL, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
    with CannedServer(reply(), reply()) as server:
        fast(server).receive_message(**parameters)
        client = make_client(REGION, server.url, 0, 1)
        client.receive_message(**parameters)
        client.close()
    ours, theirs = server.requests
    assert ours.json() == theirs.json() == parameters
    for name in ("host", "content-type", "x-amz-target", "x-amzn-query-mode", "accept-encoding"):
        assert ours.headers[name] == theirs.headers[name]
    scope = re.compile(r"^.*?, SignedHeaders=")
    found = [scope.match(request.headers["authorization"]) for request in (ours, theirs)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0][0] == found[1][0], "algorithm, key, day, region and service"


def test_a_session_token_is_sent_and_signed(fast: Make) -> None:
    with CannedServer(reply()) as server:
        fast(server, KEYS._replace(token=TOKEN)).receive_message(QueueUrl=QUEUE_URL)
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
def test_a_refusal_means_what_it_means_to_boto3(answer: Reply, fast: Make) -> None:
    errors: list[Any] = []
    with CannedServer(answer, answer) as server:
        theirs = make_client(REGION, server.url, 0, 1)
        for client in (fast(server), theirs):
            with pytest.raises((SourceUnavailable, SourceMisconfigured)) as raised:
                source(client).receive(10, 0, 30)
            errors.append(raised.value)
        theirs.close()
    ours, boto3s = errors
    assert (type(ours), ours.code, str(ours)) == (type(boto3s), boto3s.code, str(boto3s))
    assert ours.__cause__.response["Error"] == boto3s.__cause__.response["Error"]


@pytest.mark.parametrize(
    "broken",
    [Reply(close=True), Reply(b"220 mail\r\n\r\n", close=True), SILENCE],
    ids=["closed", "no HTTP", "silent"],
)
def test_a_broken_connection_has_boto3s_name(broken: Reply | None, fast: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs_session, "ANSWER_GRACE_SECONDS", 1)
    errors: list[Any] = []
    with CannedServer(broken, broken) as server:
        theirs = make_client(REGION, server.url, 0, 1)
        for client in (fast(server), theirs):
            with pytest.raises(SourceUnavailable) as raised:
                source(client).receive(10, 0, 30)
            errors.append(raised.value.code)
        theirs.close()
    assert errors[0] == errors[1]
    assert errors[0] in {"ConnectionClosedError", "ReadTimeoutError"}


def test_an_answer_that_breaks_off_is_no_empty_queue_as_it_is_to_boto3(fast: Make) -> None:
    cut = Reply(reply({"Messages": [wire()]}).data[:-3], close=True)
    with CannedServer(cut) as server, pytest.raises(SourceUnavailable) as raised:
        source(fast(server)).receive(10, 0, 30)
    assert raised.value.code == "ConnectionClosedError"


@pytest.mark.parametrize("body", [b"<html>log in to this Wi-Fi</html>", b"[]", b'"ok"', b'{"Messages": '])
def test_a_good_status_with_a_bad_body_is_no_empty_queue(body: bytes, fast: Make) -> None:
    with CannedServer(reply(body=body)) as server, pytest.raises(SourceUnavailable) as raised:
        source(fast(server)).receive(10, 0, 30)
    assert raised.value.code == "UnreadableAnswer"


@pytest.mark.parametrize("body", [b"[]", b'{"__type": 5}', "Zugriff überlastet".encode("latin-1")])
def test_a_refusal_that_can_not_be_read_is_still_our_error(body: bytes, fast: Make) -> None:
    with CannedServer(reply(body=body, status="400 X")) as server, pytest.raises(SourceUnavailable):
        source(fast(server)).receive(10, 0, 30)


def test_nulls_are_nothing(fast: Make) -> None:
    given = {"Messages": [wire(MessageAttributes=None, Attributes=None)], "NextToken": None}
    with CannedServer(reply({"Messages": None}), reply(given)) as server:
        orders = source(fast(server))
        assert orders.receive(10, 0, 30) == []
        assert [message.body for message in orders.receive(10, 0, 30)] == ["hello"]


def test_a_body_that_was_damaged_on_its_way_is_let_lie_and_told(fast: Make) -> None:
    messages = [wire("whole"), wire("damaged", MD5OfBody="0" * 32, MessageId="m2")]
    with CannedServer(reply({"Messages": messages})) as server, capture_logs() as logged:
        received = source(fast(server)).receive(10, 0, 30)
    assert [message.body for message in received] == ["whole"]
    assert [(line["event"], line["message_id"]) for line in logged] == [("source.body_damaged", "m2")]


def test_binary_attributes_are_bytes_as_boto3_gives_them(fast: Make) -> None:
    attributes = {"raw": {"DataType": "Binary", "BinaryValue": "/wA="}, "n": {"DataType": "Number", "StringValue": "3"}}
    answer = reply({"Messages": [wire(MessageAttributes=attributes)]})
    with CannedServer(answer, answer) as server:
        client = make_client(REGION, server.url, 0, 1)
        ours, theirs = (each.receive_message(QueueUrl=QUEUE_URL)["Messages"] for each in (fast(server), client))
        client.close()
    assert ours == theirs
    assert ours[0]["MessageAttributes"]["raw"]["BinaryValue"] == b"\xff\x00"


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch"])
@pytest.mark.parametrize("off_seconds", [-3_600, 900])
def test_a_clock_that_is_off_is_corrected_by_the_answers_date_and_stays_so(
    code: str, off_seconds: int, fast: Make
) -> None:
    clock = ManualClock()
    date = formatdate(clock.utc() + off_seconds, usegmt=True)
    refused = reply({"__type": code}, "403 Forbidden", date=date)
    with CannedServer(refused, reply(), reply()) as server:
        client = fast(server, clock=clock)
        client.receive_message(QueueUrl=QUEUE_URL)
        client.receive_message(QueueUrl=QUEUE_URL)
    dates = [request.headers["x-amz-date"] for request in server.requests]
    assert dates[0] == "20231114T221320Z"
    assert dates[1:] == ["20231114T211320Z" if off_seconds < 0 else "20231114T222820Z"] * 2


def test_a_clock_that_is_right_is_not_what_a_refused_signature_is_about(fast: Make) -> None:
    refused = reply({"__type": "SignatureDoesNotMatch"}, "403 Forbidden")
    with CannedServer(refused, reply()) as server, pytest.raises(SourceMisconfigured):
        source(fast(server)).receive(10, 0, 30)
    assert len(server.requests) == 1


def test_a_clock_that_can_not_be_mended_is_tried_once(fast: Make) -> None:
    clock = ManualClock()
    refused = [
        reply({"__type": "RequestExpired"}, "403 Forbidden", date=formatdate(clock.utc() + off, usegmt=True))
        for off in (3_600, 7_200)
    ]
    with CannedServer(*refused, reply()) as server, pytest.raises(ClientError, match="RequestExpired"):
        fast(server, clock=clock).receive_message(QueueUrl=QUEUE_URL)
    assert len(server.requests) == 2


def test_a_whole_batch_that_one_bad_handle_spoils_goes_one_by_one(fast: Make) -> None:
    spoilt = reply({"__type": "com.amazonaws.sqs#ReceiptHandleIsInvalid", "message": "not one"}, "400 Bad Request")
    messages = [Message(f"m{n}", "orders", "", f"r{n}", sent_utc=0, received_utc=0) for n in (1, 2)]
    with CannedServer(spoilt, spoilt, reply()) as server:
        (failure,) = source(fast(server)).acknowledge(messages)
    assert (failure.receipt_handle, failure.code, failure.retryable) == ("r1", "ReceiptHandleIsInvalid", False)


class Recorder:
    """A botocore client that notes its calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> dict[str, Any]:
            self.calls.append(name)
            return {}

        return call


def test_what_is_called_rarely_goes_through_botocore_which_is_made_then() -> None:
    made: list[Recorder] = []

    def make() -> Recorder:
        made.append(Recorder())
        return made[-1]

    client = FastClient(resolve(REGION, "http://127.0.0.1:9"), lambda: KEYS, make, SystemClock(), 0)
    assert made == []
    client.get_queue_attributes(QueueUrl=QUEUE_URL)
    client.send_message(QueueUrl=QUEUE_URL, MessageBody="x")
    client.close()
    assert [recorder.calls for recorder in made] == [["get_queue_attributes", "send_message", "close"]]


def test_certificates_are_checked_against_aws_ca_bundle(
    fast: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    for name, ca in (("known", authority), ("stranger", stranger)):
        ca.cert_pem.write_to_path(tmp_path / f"{name}.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with CannedServer(reply({"Messages": [wire()]}), tls=tls) as server:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "stranger.pem"))
        with pytest.raises(SourceUnavailable) as raised:
            source(fast(server)).receive(10, 0, 30)
        assert raised.value.code == "SSLError"
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "known.pem"))
        assert [message.body for message in source(fast(server)).receive(10, 0, 30)] == ["hello"]


def test_credentials_that_can_not_be_had_are_told_like_boto3s(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    address = resolve(REGION, "http://127.0.0.1:9")
    client = FastClient(address, SessionCredentials().current, no_client, SystemClock(), 0)
    with pytest.raises(SourceMisconfigured, match="no credentials found"):
        source(client).receive(10, 0, 30)
    client.close()
