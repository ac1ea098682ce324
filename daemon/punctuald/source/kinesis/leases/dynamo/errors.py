"""What DynamoDB's own codes mean, beside those of every AWS service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing
from punctuald.source.aws import errors as aws_errors
from punctuald.source.aws.errors import MEND_BY_CODE, raw_error_code

NOT_THERE = "ResourceNotFoundException"
IN_USE = "ResourceInUseException"
NOT_MET = "ConditionalCheckFailedException"

NO_SUCH_TABLE = "it does not exist there; it is made when a worker starts: check the region"
NOT_ALLOWED = (
    "access is denied: allow dynamodb:DescribeTable, CreateTable, Scan, GetItem, PutItem, UpdateItem and DeleteItem"
)
NO_LEASE_TABLE = (
    "it can't be a lease table: its key is not leaseKey (S), or its name is not 3 to 255 characters of a-z, A-Z, 0-9, "
    "«_», «.» and «-»; name another application"
)

_MEND_BY_CODE: Mapping[str, str] = {
    **MEND_BY_CODE,
    NOT_THERE: NO_SUCH_TABLE,
    "AccessDenied": NOT_ALLOWED,
    "AccessDeniedException": NOT_ALLOWED,
    "NotAuthorized": NOT_ALLOWED,
    "OptInRequired": NOT_ALLOWED,
    "ValidationException": NO_LEASE_TABLE,
}
"""Codes that stay until a person acts. Every other one is worth another try, throttling under all of its names too."""


@dataclass(frozen=True, slots=True)
class TableText:
    """Which table a call was for, as a person would look for it."""

    table: str
    region: str
    endpoint: str

    def __str__(self) -> str:
        return f"lease table {self.table!r} (region {self.region}, {self.endpoint})"


def to_source_error(error: BaseException, where: TableText) -> SourceError:
    """The one of our errors that a call's exception means, as one line with what to do about it."""
    meant = aws_errors.to_source_error(error, where, raw_error_code, _MEND_BY_CODE)
    if isinstance(meant, SourceMisconfigured) and meant.code == NOT_THERE:
        return SourceMissing(str(meant), code=meant.code)
    return meant
