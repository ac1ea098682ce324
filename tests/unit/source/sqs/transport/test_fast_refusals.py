"""The fast transport on SQS's bad days; where boto3 has a word for one, ours is the same."""

from __future__ import annotations

import pytest

from conftest import RunAsync
from doubles.source.canned_server import SILENCE, CannedServer, Reply, reply
from doubles.source.sqs_apis import KEYS, boto, error_of, errors_of_both, fast, received, source, wire
from punctuald.errors import SourceError, SourceUnavailable
from punctuald.model import Failure, Message
from punctuald.source.aws import session
from punctuald.source.aws.credentials.session_credentials import SessionCredentials

QUERY_ERROR = "AWS.SimpleQueueService.NonExistentQueue;Sender"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


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
    monkeypatch.setattr(session, "PATIENT", session.Patience(grace_seconds=1))
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


def test_a_whole_batch_that_one_bad_handle_spoils_goes_one_by_one(run_async: RunAsync) -> None:
    spoilt = reply({"__type": "com.amazonaws.sqs#ReceiptHandleIsInvalid", "message": "not one"}, "400 Bad Request")
    messages = [Message(f"m{n}", "orders", "", f"r{n}", sent_utc=0, received_utc=0) for n in (1, 2)]

    async def body() -> list[Failure]:
        async with fast(server) as api:
            return list(await source(api).acknowledge(messages))

    with CannedServer(spoilt, spoilt, reply()) as server:
        (failure,) = run_async(body())
    assert (failure.receipt_handle, failure.code, failure.retryable) == ("r1", "ReceiptHandleIsInvalid", False)


def test_credentials_that_can_not_be_had_are_told_like_boto3s(
    run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    async def body() -> list[SourceError]:
        async with fast(server, provider=SessionCredentials()) as ours, boto(server) as theirs:
            return [await error_of(ours), await error_of(theirs)]

    with CannedServer() as server:
        ours, theirs = run_async(body())
    assert isinstance(ours, SourceUnavailable)
    assert isinstance(theirs, SourceUnavailable)
    assert "credentials unavailable: no provider has any (env, " in str(ours)
    assert "iam-role): set AWS_ACCESS_KEY_ID" in str(ours)
    assert (str(ours), ours.code) == (str(theirs), theirs.code)
    assert server.requests == []
