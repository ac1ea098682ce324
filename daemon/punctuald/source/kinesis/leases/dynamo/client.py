"""A botocore client for the lease table."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError

from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.session import Patience, client_config, new_client, new_session
from punctuald.source.aws.warm_up import Call, warm_up
from punctuald.source.kinesis.stream import KinesisStream

from .errors import TableText, to_source_error

SERVICE = "dynamodb"
FIRST_CALL = Call(SERVICE, "get_item", {"TableName": "warm-up", "Key": {"leaseKey": {"S": "warm-up"}}}, b"{}")
WARM_UP_REGION = "us-east-1"
WRITING_THREADS = 12
"""Most of them are started only where answers are slow: then one lease must not wait for the answers of others."""
LOOKING_THREADS = 2
LONGEST_SECONDS, PATIENCE_SHARE = 5.0, 0.2
"""An answer that takes longer than this share of the failover time is waited for no more: the next attempt still has
time to renew the lease."""


def make_client(stream: KinesisStream, credentials: BotoCredentials | None = None) -> Any:
    """For `DynamoLeaseTable`, in the stream's region.

    Raises `SourceMisconfigured` for a missing region, an unknown profile or an address that is none, and
    `SourceUnavailable` where AWS's own configuration can't be parsed.
    """
    seconds = min(LONGEST_SECONDS, stream.failover_seconds * PATIENCE_SHARE)
    config = client_config(None, WRITING_THREADS + LOOKING_THREADS, Patience(seconds, seconds, seconds))
    try:
        return new_client(
            SERVICE, stream.region, stream.dynamodb_endpoint_url, config, credentials or BotoCredentials()
        )
    except (BotoCoreError, ValueError) as error:
        endpoint = stream.dynamodb_endpoint_url or "AWS's own endpoint"
        where = TableText(stream.application, stream.region or "not set", endpoint)
        raise to_source_error(error, where) from error


def preload() -> None:
    """Load all that a client needs but the client: before a fork, for the workers to inherit."""
    with suppress(BotoCoreError):  # a broken AWS profile, say: slower workers, and each will say clearly what is wrong
        warm_up(new_session(), FIRST_CALL, WARM_UP_REGION, None)
