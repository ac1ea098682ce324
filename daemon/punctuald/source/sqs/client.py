"""Making SQS clients quickly in a freshly forked worker.

A client takes botocore a quarter of a second from nothing: most of it imports, and reading the service's model. So
the parent does that once, before it forks (`preload`), and each child makes a client of its own from what it inherited
(`make_client`). The client itself is never inherited: two processes would speak over one connection, and one's TLS
state and credentials' refresh lock would stay frozen as the other thread left them.
"""

from __future__ import annotations

import http.client
import io
from typing import Any

from botocore.exceptions import BotoCoreError

from punctuald.logs import logger
from punctuald.source.aws import endpoint, session
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.session import Patience, client_config, new_client, new_session
from punctuald.source.aws.warm_up import Call, warm_up

from .errors import endpoint_text, to_source_error

log = logger()

SERVICE = "sqs"
FIRST_CALL = Call(
    SERVICE,
    "receive_message",
    {"QueueUrl": "https://localhost/warm-up", "MessageAttributeNames": ["All"]},
    b'{"Messages": []}',
)
WARM_UP_REGION = "us-east-1"


def preload() -> None:
    """Load all that a client needs but the client: call it once in the parent, before any thread and any fork."""
    session.preload()
    _warm_up()


def make_client(
    region: str | None,
    endpoint_url: str | None,
    wait_seconds: float | None,
    connections: int,
    credentials: BotoCredentials | None = None,
    patience: Patience | None = None,
) -> Any:
    """A botocore SQS client for this process, safe for threads.

    ``region`` and ``endpoint_url`` None or "" take AWS's own settings (environment, profile). ``wait_seconds`` is the
    longest long poll it will be used for, None where it is used for none; ``connections`` how many calls may be under
    way at once. ``credentials`` are the process's; no provider is asked for any before the first call.

    Raises `SourceMisconfigured` for a missing region, an unknown profile or an address that is none, and
    `SourceUnavailable` where AWS's own configuration can't be parsed.
    """
    try:
        return new_client(
            SERVICE,
            region,
            endpoint_url,
            client_config(wait_seconds, connections, patience),
            credentials or BotoCredentials(),
        )
    except (BotoCoreError, ValueError) as error:
        raise to_source_error(error, endpoint_text(region, endpoint_url)) from error


def resolve(region: str, endpoint_url: str) -> Endpoint:
    """Where SQS's requests go and how they are signed: see `aws.endpoint.resolve`, and `make_client` for what it
    raises. Before the fork, for the workers to inherit."""
    try:
        return endpoint.resolve(FIRST_CALL, region, endpoint_url)
    except (BotoCoreError, ValueError) as error:
        raise to_source_error(error, endpoint_text(region, endpoint_url)) from error


def _warm_up() -> None:
    """Run what the first call would run, so that what it imports, compiles and caches is there to inherit."""
    try:
        warmed_up = new_session()
        warmed_up.get_component("credential_provider")  # imports its chain; asks nobody
        warm_up(warmed_up, FIRST_CALL, WARM_UP_REGION, None)
    except BotoCoreError as error:  # a broken AWS profile, say: slower workers, and each will say clearly what is wrong
        log.debug("source.warm_up_failed", code=type(error).__name__)
    http.client.parse_headers(io.BytesIO(b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"))
    "localhost".encode("idna")  # the codec and its tables, which a look-up of a name loads
