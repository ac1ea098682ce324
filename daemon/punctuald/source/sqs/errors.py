"""What SQS's own codes mean, beside those of every AWS service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError, HTTPClientError, InvalidRegionError, NoRegionError

from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing
from punctuald.source.aws import errors as aws_errors
from punctuald.source.aws.errors import BAD_ADDRESS, MEND_BY_CODE, AnswerTooLargeError, raw_error_code

QUERY_PREFIX = "AWS.SimpleQueueService."
"""SQS still puts the names of its old XML protocol before some codes, for the clients that compare them."""

NO_SUCH_QUEUE = "it does not exist there: check the queue's name and region, or create it"
NOT_ALLOWED = (
    "access is denied: allow sqs:ReceiveMessage, DeleteMessage, ChangeMessageVisibility, GetQueueUrl and "
    "GetQueueAttributes (and SendMessage on the dead-letter queue)"
)
BAD_KEY = "its KMS key can't be used: check the key's state and that its policy allows kms:Decrypt"

_MEND_BY_CODE: Mapping[str, str] = {
    **MEND_BY_CODE,
    "NonExistentQueue": NO_SUCH_QUEUE,
    "QueueDoesNotExist": NO_SUCH_QUEUE,
    "AccessDenied": NOT_ALLOWED,
    "AccessDeniedException": NOT_ALLOWED,
    "NotAuthorized": NOT_ALLOWED,
    "OptInRequired": NOT_ALLOWED,
    "InvalidAddress": BAD_ADDRESS,
    "UnsupportedOperation": BAD_ADDRESS,
    "KmsAccessDenied": BAD_KEY,
    "KmsDisabled": BAD_KEY,
    "KmsInvalidKeyUsage": BAD_KEY,
    "KmsNotFound": BAD_KEY,
    "KmsOptInRequired": BAD_KEY,
    # by their names in the old protocol, which is what both transports ask for
    "KMS.AccessDeniedException": BAD_KEY,
    "KMS.DisabledException": BAD_KEY,
    "KMS.InvalidKeyUsageException": BAD_KEY,
    "KMS.NotFoundException": BAD_KEY,
    "KMS.OptInRequired": BAD_KEY,
}
"""Codes that stay until a person acts. Every other one is worth another try: OverLimit ends when messages are settled,
and a code that we do not know must not end the daemon."""

FIRST_SERVER_ERROR = 500

GONE_CODES = frozenset({"NonExistentQueue", "QueueDoesNotExist", "InvalidAddress"})
"""There is no such queue (any more)."""

MISSING_CODES = GONE_CODES | {"InvalidEndpoint", NoRegionError.__name__, InvalidRegionError.__name__}
"""Where no queue is, nobody can receive. Access that is denied to one call may be allowed to another."""


@dataclass(frozen=True, slots=True)
class EndpointText:
    """Which queue a call was for, as a person would look for it; "" where it was for none yet."""

    queue: str
    region: str
    endpoint: str

    def __str__(self) -> str:
        subject = f"queue {self.queue!r}" if self.queue else "SQS"
        return f"{subject} (region {self.region}, {self.endpoint})"


def endpoint_text(region: str | None, endpoint_url: str | None) -> EndpointText:
    """Of no queue yet, and as far as the configuration says."""
    return EndpointText("", region or "not set", endpoint_url or "AWS's own endpoint")


def error_code(error: ClientError) -> str:
    """The provider's code, without the prefix of the old protocol."""
    return raw_error_code(error).removeprefix(QUERY_PREFIX)


def refusal_code(error: SourceError) -> str | None:
    """The code of the answer that said no; None where there was no answer."""
    cause = error.__cause__
    return error_code(cause) if isinstance(cause, ClientError) else None


def is_gone(error: SourceError) -> bool:
    """Whether SQS said that there is no such queue (any more)."""
    return refusal_code(error) in GONE_CODES


def is_denied(error: SourceError) -> bool:
    """Whether SQS said that we may not make this call, whatever the queue."""
    return _MEND_BY_CODE.get(refusal_code(error) or "") == NOT_ALLOWED


def is_too_large(error: SourceError) -> bool:
    """Whether more came than our transport takes in."""
    return isinstance(error.__cause__, AnswerTooLargeError)


def may_have_been_served(error: SourceError) -> bool:
    """Whether SQS may have done what was asked, and its answer did not come or says nothing of it."""
    cause = error.__cause__
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return int(status) >= FIRST_SERVER_ERROR
    return isinstance(cause, HTTPClientError)


def refuses_attempt(error: SourceError) -> bool:
    """Whether a receive was refused for the id of its attempt."""
    return (refusal_code(error) or "").startswith("InvalidParameter") and "ReceiveRequestAttemptId" in str(error)


def to_source_error(error: BaseException, where: EndpointText) -> SourceError:
    """The one of our errors that a call's exception means, as one line with what to do about it."""
    meant = aws_errors.to_source_error(error, where, error_code, _MEND_BY_CODE)
    if isinstance(meant, SourceMisconfigured) and meant.code in MISSING_CODES:
        return SourceMissing(str(meant), code=meant.code)
    return meant
