"""The botocore sessions that clients and credentials are made from, and the clients' settings."""

from __future__ import annotations

import functools
import math

import botocore.session
from botocore.config import Config

from .json_protocol import LenientParsers
from .loader import AwsLoader

CONNECT_TIMEOUT_SECONDS = 5
ANSWER_GRACE_SECONDS = 10
"""How much later than the end of its long poll an answer may be before the connection counts as dead."""

PROMPT_TIMEOUT_SECONDS = 5
"""How long an answer may take that comes in milliseconds: to a deletion, a renewal, a release or a look-up."""

USER_AGENT = "punctuald"

_SESSION_VARIABLES = {"region": ("region", ["AWS_DEFAULT_REGION", "AWS_REGION"], None, None)}
"""botocore knows the first name only; all other SDKs of AWS go by the second, and ECS on EC2 or EKS may set it alone.
The entry's parts: its key in a profile, variables in their order, default, conversion."""

_unused_sessions: list[botocore.session.Session] = []
"""Made before the fork, for whoever first needs one after it: a session's 130 handlers take 13 ms to register.

Safe to inherit, unlike a client: it has opened nothing and looked up no credentials. Used once, so that everyone looks
up its own.
"""


@functools.cache
def _loader() -> AwsLoader:
    """One for this process and all that it forks."""
    return AwsLoader()


def preload() -> None:
    """Read the data files, and put a session aside for each child to come."""
    _loader().load_all()
    _unused_sessions.append(new_session())


def take_session() -> botocore.session.Session:
    """The one that was put aside, if it is still there."""
    return _unused_sessions.pop() if _unused_sessions else new_session()


def new_session() -> botocore.session.Session:
    """One that reads no data file twice, and finds its region in AWS_REGION too."""
    session = botocore.session.Session(_SESSION_VARIABLES)
    session.register_component("data_loader", _loader())
    session.register_component("response_parser_factory", LenientParsers())
    return session


def read_timeout_seconds(wait_seconds: float | None) -> int:
    """For a connection whose longest long poll is ``wait_seconds``; None: it carries none."""
    if wait_seconds is None:
        return PROMPT_TIMEOUT_SECONDS
    return math.ceil(wait_seconds) + ANSWER_GRACE_SECONDS


def client_config(wait_seconds: float | None, connections: int) -> Config:
    """What every client is made with; for ``wait_seconds`` see `read_timeout_seconds`."""
    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=read_timeout_seconds(wait_seconds),
        # every try again is ours: counted, backed off with jitter over all callers, and seen in the log
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=connections,
        tcp_keepalive=True,  # a NAT gateway forgets a silent connection within a long poll's time or two
        parameter_validation=False,  # our parameters are built in one place; checking each costs a tenth of the CPU
        user_agent_extra=USER_AGENT,
    )
