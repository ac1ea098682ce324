"""The botocore sessions that clients and credentials are made from, and the clients' settings."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import botocore.session
from botocore.config import Config

from .loader import AwsLoader
from .signed_json.protocol import LenientParsers

USER_AGENT = "punctuald"


class Patience(NamedTuple):
    """How long a server may take before its connection counts as dead: to be connected to, to answer what it answers in
    milliseconds (a deletion, a renewal, a look-up), and beyond the end of a long poll."""

    connect_seconds: float = 5
    prompt_seconds: float = 5
    grace_seconds: float = 10

    def seconds_for(self, wait_seconds: float | None) -> float:
        """For the answer to a long poll of so long; None: to what is no poll."""
        return self.prompt_seconds if wait_seconds is None else math.ceil(wait_seconds) + self.grace_seconds


PATIENT = Patience()
OF_SEVERAL = Patience(2, 3, 3)
"""With a region that is one of several: the sooner it is left alone, the sooner it is looked for again."""

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


def new_client(service: str, region: str | None, endpoint_url: str | None, config: Config, credentials: Any) -> Any:
    """A botocore client for this process, safe for threads. None or "" take AWS's own settings (environment, profile).

    ``credentials`` is the session's component of that name, such as `BotoCredentials`: it is asked for none before the
    first call. Raises botocore's exceptions and `ValueError`.
    """
    session = take_session()
    session.register_component("credential_provider", credentials)
    return session.create_client(service, region_name=region or None, endpoint_url=endpoint_url or None, config=config)


def client_config(wait_seconds: float | None, connections: int, patience: Patience | None = None) -> Config:
    """What every client is made with, for long polls of up to ``wait_seconds``; None: it is used for none."""
    patience = patience or PATIENT
    return Config(
        connect_timeout=patience.connect_seconds,
        read_timeout=patience.seconds_for(wait_seconds),
        # every try again is ours: counted, backed off with jitter over all callers, and seen in the log
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=connections,
        tcp_keepalive=True,  # a NAT gateway forgets a silent connection within a long poll's time or two
        parameter_validation=False,  # our parameters are built in one place; checking each costs a tenth of the CPU
        user_agent_extra=USER_AGENT,
    )
