"""What one process learns of credentials, of AWS's clock and of dead connections, for all of its calls to know."""

from __future__ import annotations

from punctuald.clock import Clock
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.source.aws.credentials.chain import ProviderChain
from punctuald.source.aws.credentials.session_credentials import SessionCredentials
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.session import PATIENT, Patience


class AwsAccess:
    """For one event loop. What calls the same endpoint shares its connections."""

    def __init__(self, clock: Clock, chain: ProviderChain | None = None, skew: ClockSkew | None = None) -> None:
        chain = chain or ProviderChain()
        self.clock = clock
        self.skew = skew or ClockSkew(clock)
        self.credentials = SessionCredentials(chain)
        self.boto_credentials = BotoCredentials(chain, clock)
        self._connections: dict[tuple[str, Patience], Connections] = {}  # by URL

    def connections_to(self, endpoint: Endpoint, patience: Patience = PATIENT) -> Connections:
        """To the endpoint's server, for callers of the same patience."""
        key = (endpoint.url, patience)
        if key not in self._connections:
            self._connections[key] = Connections(endpoint.server, connect_timeout_seconds=patience.connect_seconds)
        return self._connections[key]
