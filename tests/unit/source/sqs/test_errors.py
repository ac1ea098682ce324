"""What botocore's exceptions mean to us."""

from __future__ import annotations

import errno
import os
import socket
from json import JSONDecodeError

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoRegionError,
    ProxyConnectionError,
    ReadTimeoutError,
)

from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.source.aws.credentials.chain import CredentialsUnavailable
from punctuald.source.sqs.errors import EndpointText, to_source_error

WHERE = EndpointText("orders", "eu-west-1", "https://sqs.eu-west-1.amazonaws.com")
URL = "https://sqs"


def answer(code: str, status: int = 400, message: str = "the service's\nown words") -> ClientError:
    parts = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(parts, "ReceiveMessage")


@pytest.mark.parametrize(
    "code",
    [
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "AccessDenied",
        "AccessDeniedException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "KmsAccessDenied",
        "KMS.AccessDeniedException",
        "KMS.DisabledException",
        "KMS.InvalidKeyUsageException",
        "KMS.NotFoundException",
        "KMS.OptInRequired",
    ],
)
def test_a_refusal_is_for_a_person_to_mend(code: str) -> None:
    error = to_source_error(answer(code), WHERE)
    assert isinstance(error, SourceMisconfigured)
    assert error.code == code.removeprefix("AWS.SimpleQueueService.")


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        "RequestThrottled",
        "OverLimit",
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalError",
        "KMS.InvalidStateException",
        "KMS.ThrottlingException",
        "ServiceUnavailable",
        "500",
        "SomethingNewFromAmazon",
    ],
)
def test_what_may_pass_is_worth_another_try(code: str) -> None:
    error = to_source_error(answer(code), WHERE)
    assert isinstance(error, SourceUnavailable)
    assert error.code == code


@pytest.mark.parametrize(
    "failed",
    [
        EndpointConnectionError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
        CredentialsUnavailable(source="iam-role", text="timed out"),
        JSONDecodeError("Expecting value", "<html>", 0),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ],
)
def test_a_broken_connection_or_answer_is_worth_another_try(failed: Exception) -> None:
    error = to_source_error(failed, WHERE)
    assert isinstance(error, SourceUnavailable)
    assert error.code == type(failed).__name__


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("InvalidSignatureException", "Signature expired: 20261126T100000Z is now earlier than 20261126T100500Z"),
        ("SignatureDoesNotMatch", "Signature not yet current: 20261126T100000Z is still later than 20261126T095000Z"),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("AuthFailure", "AWS was not able to validate the request time"),
    ],
)
def test_a_refusal_of_the_date_is_worth_another_try(code: str, text: str) -> None:
    error = to_source_error(answer(code, 403, text), WHERE)
    assert isinstance(error, SourceUnavailable)
    assert "clock is off" in str(error)
    assert error.code == code


@pytest.mark.parametrize("failed", [NoRegionError(), ValueError("Invalid endpoint: ://")])
def test_a_client_that_can_not_even_ask_is_for_a_person_to_mend(failed: Exception) -> None:
    assert isinstance(to_source_error(failed, WHERE), SourceMisconfigured)


def test_the_text_is_one_line_with_queue_region_endpoint_and_remedy() -> None:
    text = str(to_source_error(answer("QueueDoesNotExist"), WHERE))
    assert text == (
        "queue 'orders' (region eu-west-1, https://sqs.eu-west-1.amazonaws.com): it does not exist there: check the "
        "queue's name and region, or create it [QueueDoesNotExist: the service's own words]"
    )


def caused(error: BaseException, code: int) -> BaseException:
    error.__cause__ = OSError(code, os.strerror(code))
    return error


def test_a_process_without_descriptors_does_not_blame_the_endpoint() -> None:
    error = to_source_error(caused(EndpointConnectionError(endpoint_url=URL), errno.EMFILE), WHERE)
    assert isinstance(error, SourceUnavailable)
    assert error.code == "EMFILE"
    assert "this process is out of file descriptors" in str(error)
    assert "can't connect" not in str(error)


@pytest.mark.parametrize("failed", [caused(ValueError("no json"), errno.ENOMEM), MemoryError()])
def test_no_address_is_wrong_for_want_of_memory(failed: BaseException) -> None:
    error = to_source_error(failed, WHERE)
    assert isinstance(error, SourceUnavailable)
    assert "out of memory" in str(error)


def test_a_connection_that_is_refused_names_its_errno() -> None:
    error = to_source_error(caused(EndpointConnectionError(endpoint_url=URL), errno.ECONNREFUSED), WHERE)
    assert "is the endpoint right and up? [ECONNREFUSED]" in str(error)


def looked_up(error: BaseException, cause: Exception) -> BaseException:
    error.__cause__ = cause
    return error


NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
NO_RESOLVER = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (
            looked_up(EndpointConnectionError(endpoint_url=URL), NO_NAME),
            "'sqs' can't be resolved: is the region or the endpoint's name right? [EAI_NONAME: ",
        ),
        (
            looked_up(EndpointConnectionError(endpoint_url=URL), NO_RESOLVER),
            "'sqs' can't be looked up: DNS does not answer; is this machine's network up? [EAI_AGAIN: ",
        ),
        (
            looked_up(EndpointConnectionError(endpoint_url=URL), UnicodeError("label too long")),
            "'sqs' can't be resolved: it can't be a host's name [label too long]",
        ),
        (
            looked_up(ProxyConnectionError(proxy_url="http://me:secret@proxy.example:3128"), NO_NAME),
            "'proxy.example' can't be resolved: ",
        ),
    ],
)
def test_a_name_without_an_address_is_told_apart_from_a_refused_connection(failed: BaseException, said: str) -> None:
    error = to_source_error(failed, WHERE)
    assert isinstance(error, SourceUnavailable)  # a resolver may know it in a minute
    assert error.code == "NameNotResolved"
    assert said in str(error)
    assert "connect" not in str(error)
    assert "secret" not in str(error)


def test_a_refused_connection_says_nothing_of_names() -> None:
    error = to_source_error(caused(EndpointConnectionError(endpoint_url=URL), errno.ECONNREFUSED), WHERE)
    assert isinstance(error, SourceUnavailable)
    assert error.code == "EndpointConnectionError"
    assert "resolved" not in str(error)
