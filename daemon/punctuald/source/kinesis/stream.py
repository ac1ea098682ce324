"""One stream as this package sees it: plain values, made from the configuration before any fork."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EVEN_SHARES, KCL_LEADER = "even_shares", "kcl_leader"
"""How leases are balanced beside workers of KCL 3: each takes its share, or its leader deals them out."""


@dataclass(frozen=True, slots=True)
class KinesisStream:
    """The fields mean what the settings of a `[[stream]]` of the same name mean.

    ``stream`` is its name at AWS; ``start`` is "earliest", "latest" or a UTC time in seconds. ``application`` is KCL's
    word: workers of any host and language that name the same one share the stream's shards, and their lease table has
    this name. An endpoint URL of "" is AWS's own.
    """

    name: str
    stream: str
    application: str
    region: str = ""
    endpoint_url: str = ""
    dynamodb_endpoint_url: str = ""
    start: Literal["earliest", "latest"] | float = "earliest"
    failover_seconds: float = 10.0
    balance: Literal["even_shares", "kcl_leader"] = "even_shares"
    revoke_timeout_seconds: float = 5.0
    checkpoint_interval_seconds: float = 2.0
    poll_interval_seconds: float = 0.25
    idle_poll_interval_seconds: float = 1.0
