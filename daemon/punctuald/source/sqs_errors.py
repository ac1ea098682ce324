"""What botocore's exceptions mean to us: worth another try, or a person has to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable

QUERY_PREFIX = "AWS.SimpleQueueService."
"""SQS still puts the names of its old XML protocol before some codes, for the clients that compare them."""

NO_SUCH_QUEUE = "it does not exist there: check the queue's name and region, or create it"
NOT_ALLOWED = (
    "access is denied: allow sqs:ReceiveMessage, DeleteMessage, ChangeMessageVisibility, GetQueueUrl and "
    "GetQueueAttributes (and SendMessage on the dead-letter queue)"
)
BAD_CREDENTIALS = "the credentials are not accepted: check AWS_ACCESS_KEY_ID, AWS_PROFILE or the machine's role"
BAD_KEY = "its KMS key can't be used: check the key's state and that its policy allows kms:Decrypt"
BAD_ADDRESS = "the address is not usable: check the queue's url, region and endpoint_url"

_MEND_BY_CODE = {
    "NonExistentQueue": NO_SUCH_QUEUE,
    "QueueDoesNotExist": NO_SUCH_QUEUE,
    "AccessDenied": NOT_ALLOWED,
    "AccessDeniedException": NOT_ALLOWED,
    "NotAuthorized": NOT_ALLOWED,
    "OptInRequired": NOT_ALLOWED,
    "InvalidAddress": BAD_ADDRESS,
    "UnsupportedOperation": BAD_ADDRESS,
    "AuthFailure": BAD_CREDENTIALS,
    "IncompleteSignature": BAD_CREDENTIALS,
    "InvalidAccessKeyId": BAD_CREDENTIALS,
    "InvalidClientTokenId": BAD_CREDENTIALS,
    "InvalidSecurity": BAD_CREDENTIALS,
    "InvalidSignatureException": BAD_CREDENTIALS + " (and this machine's clock)",
    "MissingAuthenticationToken": BAD_CREDENTIALS,
    "SignatureDoesNotMatch": BAD_CREDENTIALS + " (and this machine's clock)",
    "UnrecognizedClientException": BAD_CREDENTIALS,
    "KmsAccessDenied": BAD_KEY,
    "KmsDisabled": BAD_KEY,
    "KmsInvalidKeyUsage": BAD_KEY,
    "KmsNotFound": BAD_KEY,
    "KmsOptInRequired": BAD_KEY,
}
"""Codes that stay until a person acts. Every other one is worth another try: an expired token is renewed by its
provider, OverLimit ends when messages are settled, and a code that we do not know must not end the daemon."""

_MEND_BY_EXCEPTION: dict[type[BotoCoreError], str] = {
    NoCredentialsError: "no credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or a role",
    PartialCredentialsError: "half of the credentials is missing: set both the access key and the secret key",
    ProfileNotFound: "AWS_PROFILE names a profile that is not in the AWS configuration",
    NoRegionError: "no region is set: give the queue a region, or set AWS_DEFAULT_REGION",
    InvalidRegionError: "the region's name is not valid: check the queue's region",
}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Which queue a call was for, as a person would look for it; "" where it was for none yet."""

    queue: str
    region: str
    endpoint: str

    def __str__(self) -> str:
        subject = f"queue {self.queue!r}" if self.queue else "SQS"
        return f"{subject} (region {self.region}, {self.endpoint})"


def whereabouts(region: str | None, endpoint_url: str | None) -> Whereabouts:
    """Of no queue yet, and as far as the configuration says."""
    return Whereabouts("", region or "not set", endpoint_url or "AWS's own endpoint")


def error_code(error: ClientError) -> str:
    """The provider's code, without the prefix of the old protocol."""
    return str(error.response.get("Error", {}).get("Code", "Unknown")).removeprefix(QUERY_PREFIX)


def explain(error: BaseException, where: Whereabouts) -> SourceError:
    """The one of our two errors that a call's exception means, as one line with what to do about it."""
    if isinstance(error, ClientError):
        return _explain_answer(error, where)
    if isinstance(error, CredentialRetrievalError):  # the metadata service or SSO did not answer: it may next time
        return _unavailable(error, where)
    for kind, mend in _MEND_BY_EXCEPTION.items():
        if isinstance(error, kind):
            return SourceMisconfigured(f"{where}: {mend}", code=kind.__name__)
    if isinstance(error, ValueError):  # botocore's own word for an endpoint that is no URL
        return SourceMisconfigured(f"{where}: {BAD_ADDRESS} ({_one_line(error)})", code="InvalidEndpoint")
    return _unavailable(error, where)


def _explain_answer(error: ClientError, where: Whereabouts) -> SourceError:
    code = error_code(error)
    text = _one_line(error.response.get("Error", {}).get("Message", ""))
    mend = _MEND_BY_CODE.get(code)
    if mend is not None:
        return SourceMisconfigured(f"{where}: {mend} [{code}: {text}]", code=code)
    return SourceUnavailable(f"{where}: {code}: {text}", code=code)


def _unavailable(error: BaseException, where: Whereabouts) -> SourceUnavailable:
    code = type(error).__name__
    if isinstance(error, EndpointConnectionError):
        return SourceUnavailable(f"{where}: can't connect; is the endpoint right and up?", code=code)
    if isinstance(error, HTTPClientError):
        return SourceUnavailable(f"{where}: the connection failed: {_one_line(error)}", code=code)
    return SourceUnavailable(f"{where}: {_one_line(error)}", code=code)


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
