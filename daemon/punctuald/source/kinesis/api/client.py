"""Where Kinesis is, and a botocore client for it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError

from punctuald.source.aws import endpoint
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.session import client_config, new_client
from punctuald.source.aws.warm_up import Call

from .boto import THREADS
from .errors import stream_text, to_source_error

SERVICE = "kinesis"
FIRST_CALL = Call(SERVICE, "get_records", {"ShardIterator": "warm-up"}, b'{"Records": [], "MillisBehindLatest": 0}')


def resolve(region: str, endpoint_url: str) -> Endpoint:
    """Where Kinesis' requests go and how they are signed: see `aws.endpoint.resolve`. Before the fork, for the workers
    to inherit. Raises `SourceError` as `make_client` does."""
    try:
        return endpoint.resolve(FIRST_CALL, region, endpoint_url)
    except (BotoCoreError, ValueError) as error:
        raise to_source_error(error, stream_text("", region, endpoint_url)) from error


def make_client(region: str, endpoint_url: str, credentials: BotoCredentials | None = None) -> Any:
    """For `BotoKinesisApi`. "" takes AWS's own settings (environment, profile).

    Raises `SourceMisconfigured` for a missing region, an unknown profile or an address that is none, and
    `SourceUnavailable` where AWS's own configuration can't be parsed.
    """
    try:
        return new_client(SERVICE, region, endpoint_url, client_config(None, THREADS), credentials or BotoCredentials())
    except (BotoCoreError, ValueError) as error:
        raise to_source_error(error, stream_text("", region, endpoint_url)) from error
