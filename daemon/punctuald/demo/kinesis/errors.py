"""What the answers to one who writes to a stream mean, beside those of every AWS service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing
from punctuald.source.aws import errors as aws_errors
from punctuald.source.aws.errors import MEND_BY_CODE, raw_error_code

NO_SUCH_STREAM = "ResourceNotFoundException"
NOT_ALLOWED = "access is denied: allow kinesis:PutRecords and DescribeStreamSummary"
BAD_KEY = "its KMS key can't be used: check the key's state and that its policy allows kms:GenerateDataKey"
THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",  # a shard takes 1 MB/s and 1,000 records/s, from all together
        "LimitExceededException",
        "KMSThrottlingException",
        "ThrottlingException",
    }
)
"""Codes that ask for slower sending, whether of a call or of one record in it."""

_MEND_BY_CODE: Mapping[str, str] = {
    **MEND_BY_CODE,
    NO_SUCH_STREAM: "it does not exist there: check the stream's name and region, or create it",
    "AccessDeniedException": NOT_ALLOWED,
    "InvalidArgumentException": "the request is refused",
    "KMSAccessDeniedException": BAD_KEY,
    "KMSDisabledException": BAD_KEY,
    "KMSInvalidStateException": BAD_KEY,
    "KMSNotFoundException": BAD_KEY,
    "KMSOptInRequired": BAD_KEY,
    "ValidationException": "the request is refused",
}


@dataclass(frozen=True, slots=True)
class StreamText:
    """Which stream a call was for, as a person would look for it."""

    stream: str
    region: str
    endpoint: str

    def __str__(self) -> str:
        return f"stream {self.stream!r} (region {self.region}, {self.endpoint})"


def to_source_error(error: BaseException, where: StreamText) -> SourceError:
    """The one of our errors that a call's exception means, as one line with what to do about it."""
    meant = aws_errors.to_source_error(error, where, raw_error_code, _MEND_BY_CODE)
    if isinstance(meant, SourceMisconfigured) and meant.code == NO_SUCH_STREAM:
        return SourceMissing(str(meant), code=meant.code)
    return meant
