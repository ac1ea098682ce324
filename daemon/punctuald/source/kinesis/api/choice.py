"""What carries a stream's calls: our own connections, or botocore where these can't."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.json_api import CredentialsProvider

from .api import KinesisApi
from .boto import BotoKinesisApi
from .fast import FastKinesisApi


def kinesis_api(
    endpoint: Endpoint,
    connections: Connections,
    credentials: CredentialsProvider,
    skew: ClockSkew,
    make_client: Callable[[], Any],
) -> KinesisApi:
    """By the obstacle of ``endpoint``. ``make_client`` makes a botocore client with the same credentials, and is called
    only where it is needed. Raises what that raises."""
    if endpoint.obstacle is None:
        return FastKinesisApi(endpoint, connections, credentials, skew)
    return BotoKinesisApi(make_client(), skew)
