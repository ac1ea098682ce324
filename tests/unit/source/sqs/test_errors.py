"""What botocore's exceptions mean to us."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)

from punctuald.errors import SourceMisconfigured, SourceUnavailable
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
        CredentialRetrievalError(provider="iam-role", error_msg="timed out"),
        NoCredentialsError(),  # what botocore says while a booting machine's metadata service is not up yet
    ],
)
def test_a_broken_connection_is_worth_another_try(failed: BotoCoreError) -> None:
    error = to_source_error(failed, WHERE)
    assert isinstance(error, SourceUnavailable)
    assert error.code == type(failed).__name__


@pytest.mark.parametrize("failed", [NoRegionError(), ValueError("Invalid endpoint: ://")])
def test_a_client_that_can_not_even_ask_is_for_a_person_to_mend(failed: Exception) -> None:
    assert isinstance(to_source_error(failed, WHERE), SourceMisconfigured)


def test_the_text_is_one_line_with_queue_region_endpoint_and_remedy() -> None:
    text = str(to_source_error(answer("QueueDoesNotExist"), WHERE))
    assert text == (
        "queue 'orders' (region eu-west-1, https://sqs.eu-west-1.amazonaws.com): it does not exist there: check the "
        "queue's name and region, or create it [QueueDoesNotExist: the service's own words]"
    )
