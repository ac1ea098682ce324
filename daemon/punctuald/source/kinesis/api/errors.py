"""What Kinesis' own codes mean, beside those of every AWS service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import InvalidRegionError, NoRegionError, ReadTimeoutError

from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.aws import errors as aws_errors
from punctuald.source.aws.errors import MEND_BY_CODE, raw_error_code

from .api import GET_SHARD_ITERATOR

NO_SUCH_STREAM = "it does not exist there: check the stream's name and region, or create it"
NOT_ALLOWED = (
    "access is denied: allow kinesis:GetRecords, GetShardIterator, ListShards and DescribeStreamSummary "
    "(and PutRecords to produce)"
)
BAD_KEY = (
    "its KMS key can't be used: check the key's state and that its policy allows kms:Decrypt "
    "(and GenerateDataKey to produce)"
)
NOT_OF_THIS_STREAM = (
    "the checkpoint in the lease table is no place in this stream: was the stream deleted and made anew?"
)

INVALID_ARGUMENT = "InvalidArgumentException"

_MEND_BY_CODE: Mapping[str, str] = {
    **MEND_BY_CODE,
    "ResourceNotFoundException": NO_SUCH_STREAM,
    "AccessDenied": NOT_ALLOWED,
    "AccessDeniedException": NOT_ALLOWED,
    "NotAuthorized": NOT_ALLOWED,
    "OptInRequired": NOT_ALLOWED,
    "KMSAccessDeniedException": BAD_KEY,
    "KMSDisabledException": BAD_KEY,
    "KMSInvalidStateException": BAD_KEY,
    "KMSNotFoundException": BAD_KEY,
    "KMSOptInRequired": BAD_KEY,
}
"""Codes that stay until a person acts. Every other one is worth another try."""

_MEND_BY_CODE_OF_ITERATORS = {**_MEND_BY_CODE, INVALID_ARGUMENT: NOT_OF_THIS_STREAM}

START_TO_COME = "StartToCome"
"""`SourceUnavailable.code` where reading is to begin at a time that has not come yet by Kinesis' clock."""
LONGEST_WAIT_FOR_START_SECONDS = 5.0

THROTTLE_CODES = frozenset(
    {"ProvisionedThroughputExceededException", "LimitExceededException", "KMSThrottlingException"}
    | {"ThrottlingException", "Throttling", "RequestLimitExceeded", "SlowDown"}
)
"""Too much was asked of a shard, a stream or a key, by whomever."""

EXPIRED_CODES = frozenset({"ExpiredIteratorException", "ExpiredNextTokenException"})
"""What was given out to go on from is too old, 5 minutes: another one is to be had."""

MISSING_CODES = frozenset(
    {"ResourceNotFoundException", "InvalidEndpoint", NoRegionError.__name__, InvalidRegionError.__name__}
)
UNREADABLE = "UnreadableAnswer"


@dataclass(frozen=True, slots=True)
class StreamText:
    """Which stream a call was for, as a person would look for it; "" where it was for none yet."""

    stream: str
    region: str
    endpoint: str

    def __str__(self) -> str:
        subject = f"stream {self.stream!r}" if self.stream else "Kinesis"
        return f"{subject} (region {self.region}, {self.endpoint})"


def stream_text(stream: str, region: str | None, endpoint_url: str | None) -> StreamText:
    """As far as the configuration says."""
    return StreamText(stream, region or "not set", endpoint_url or "AWS's own endpoint")


def to_source_error(error: BaseException, where: StreamText, operation: str = "") -> SourceError:
    """The one of our errors that a call's exception means, as one line with what to do about it."""
    mend_by_code = _MEND_BY_CODE_OF_ITERATORS if operation == GET_SHARD_ITERATOR else _MEND_BY_CODE
    meant = aws_errors.to_source_error(error, where, raw_error_code, mend_by_code)
    if isinstance(meant, SourceMisconfigured) and meant.code in MISSING_CODES:
        return SourceMissing(str(meant), code=meant.code)
    return meant


def start_to_come(error: SourceError, where: StreamText, since_utc: float) -> SourceUnavailable | None:
    """What the refusal of an iterator at ``since_utc`` means; None: something else. Kinesis refuses every time that is
    ahead of its clock: by a second, where ours is, or by days."""
    if not isinstance(error, SourceMisconfigured) or error.code != INVALID_ARGUMENT:
        return None
    at = datetime.fromtimestamp(since_utc, UTC).isoformat(timespec="seconds")
    text = f"{where}: reading is to begin at {at}, and Kinesis refuses that: by its clock that time is still to come"
    found = SourceUnavailable(text, code=START_TO_COME)
    found.longest_back_off_seconds = LONGEST_WAIT_FOR_START_SECONDS
    return found


def is_throttled(error: SourceError) -> bool:
    """Whether Kinesis was asked too often, or for too much: of one shard, where the call was for one."""
    return isinstance(error, SourceUnavailable) and error.code in THROTTLE_CODES


def is_expired(error: SourceError) -> bool:
    """Whether the iterator was too old."""
    return isinstance(error, SourceUnavailable) and error.code in EXPIRED_CODES


def is_timed_out(error: SourceError) -> bool:
    """Whether the answer did not come in time, or not all of it."""
    return isinstance(error, SourceUnavailable) and error.code == ReadTimeoutError.__name__


def unreadable(where: StreamText, operation: str, fault: str) -> SourceUnavailable:
    """The error for an answer that came whole and does not say what it should."""
    return SourceUnavailable(f"{where}: the answer to {operation} {fault}", code=UNREADABLE)
