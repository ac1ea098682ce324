"""Making SQS clients quickly in a freshly forked worker.

A client takes botocore a quarter of a second from nothing: most of it imports, and reading the service's model. So
the parent does that once, before it forks (`preload`), and each child makes a client of its own from what it inherited
(`make_client`). The client itself is never inherited: two processes would speak over one connection, and one's TLS
state and credentials' refresh lock would be frozen in the other's hands.
"""

from __future__ import annotations

import functools
import http.client
import io
import math
from collections.abc import Iterator
from typing import Any

import botocore.session
import structlog
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from .sqs_errors import Whereabouts, explain
from .sqs_loader import SERVICE, SqsLoader

log = structlog.get_logger()

CONNECT_TIMEOUT_SECONDS = 5
ANSWER_GRACE_SECONDS = 10
"""How much later than the end of its long poll an answer may be before the connection counts as dead."""

REHEARSAL_REGION = "us-east-1"
REHEARSAL_CREDENTIALS = {"aws_access_key_id": "rehearsal", "aws_secret_access_key": "rehearsal"}


@functools.cache
def _loader() -> SqsLoader:
    """One for this process and all that it forks."""
    return SqsLoader()


def preload() -> None:
    """Load all that a client needs but the client: call it once in the parent, before any thread and any fork."""
    _loader().load_all()
    _rehearse()
    _unused_sessions.append(_new_session())


def make_client(region: str | None, endpoint_url: str | None, wait_seconds: float, connections: int) -> Any:
    """A botocore SQS client for this process, safe for threads.

    ``region`` and ``endpoint_url`` None or "" take AWS's own settings (environment, profile). ``wait_seconds`` is the
    longest long poll it will be used for, ``connections`` how many calls may be under way at once.

    Raises `SourceMisconfigured` for a missing region, an unknown profile or an address that is none.
    """
    try:
        return _session().create_client(
            SERVICE,
            region_name=region or None,
            endpoint_url=endpoint_url or None,
            config=_config(wait_seconds, connections),
        )
    except (BotoCoreError, ValueError) as error:
        raise explain(error, Whereabouts("", region or "not set", endpoint_url or "AWS's own endpoint")) from error


_unused_sessions: list[botocore.session.Session] = []
"""Made before the fork, for the first client after it: a session's 130 handlers take 13 ms to register.

Safe to inherit, unlike a client: it has opened nothing and looked up no credentials. Used once, so that every client
looks up its own.
"""


def _session() -> botocore.session.Session:
    return _unused_sessions.pop() if _unused_sessions else _new_session()


def _new_session() -> botocore.session.Session:
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    return session


def _config(wait_seconds: float, connections: int) -> Config:
    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=math.ceil(wait_seconds) + ANSWER_GRACE_SECONDS,
        # every try again is ours: counted, backed off with jitter over all callers, and seen in the log
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=connections,
        tcp_keepalive=True,  # a NAT gateway forgets a silent connection within a long poll's time or two
        parameter_validation=False,  # our parameters are built in one place; checking each costs a tenth of the CPU
        user_agent_extra="punctuald",
    )


def _rehearse() -> None:
    """Run what the first call would run, so that what it imports, compiles and caches is there to inherit.

    No network: botocore lets a handler of ``before-send`` answer in its place. The client is thrown away.
    """
    try:
        _rehearse_receive()
    except BotoCoreError as error:  # a broken AWS profile, say: slower workers, and each will say clearly what is wrong
        log.debug("source.rehearsal_failed", code=type(error).__name__)
    http.client.parse_headers(io.BytesIO(b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"))
    "localhost".encode("idna")  # the codec and its tables, which a look-up of a name loads


def _rehearse_receive() -> None:
    session = _new_session()
    session.get_component("credential_provider")  # imports its chain; asks nobody
    client = session.create_client(SERVICE, region_name=REHEARSAL_REGION, config=_config(0, 1), **REHEARSAL_CREDENTIALS)
    client.meta.events.register("before-send.sqs", _canned_answer)
    client.receive_message(QueueUrl="https://localhost/rehearsal", MessageAttributeNames=["All"])
    client.close()


def _canned_answer(request: Any, **_: Any) -> AWSResponse:
    return AWSResponse(request.url, 200, {"Content-Type": "application/x-amz-json-1.0"}, _Body(b'{"Messages": []}'))


class _Body(io.BytesIO):
    """As much of urllib3's response as botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The whole, at once."""
        yield self.read()
