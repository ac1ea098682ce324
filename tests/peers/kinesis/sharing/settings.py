"""What both sides are told, so that a test need not wait for what is not its subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peers.kinesis.kcl.worker import FAILOVER_SECONDS
from peers.kinesis.servers import Servers
from peers.kinesis.stream_setup import StreamSetup

QUICK: Mapping[str, Any] = {
    "failover_seconds": FAILOVER_SECONDS,
    "revoke_timeout_seconds": 1.0,
    "checkpoint_interval_seconds": 1.0,
}
LATE_SECONDS = 2.0
"""Beyond the failover time: nobody's shards are taken then."""
NOISE_SECONDS = 5.0
"""Of a machine that has other things to do. What is measured in quiet is printed, and far below."""
TAKEOVER_SECONDS = FAILOVER_SECONDS + LATE_SECONDS + NOISE_SECONDS


def setup_of(servers: Servers, name: str, stream: Mapping[str, Any] = QUICK, **more: Any) -> StreamSetup:
    """A daemon of two workers, each an owner of leases."""
    return StreamSetup(servers, name, stream=stream, **more)
