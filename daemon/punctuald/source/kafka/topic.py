"""One topic as this package sees it: plain values, made from the configuration before any fork."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

PropertyValue = str | int | float | bool

CLASSIC, CONSUMER = "classic", "consumer"
"""The two protocols by which a group shares partitions: its members deal them out, or the brokers do (KIP-848)."""

STUCK_SECONDS = 30.0
"""A partition with more to read of which nothing comes for so long is said to be stuck: longer than a leader's change
takes, and a broker's restart."""


@dataclass(frozen=True, slots=True)
class KafkaTopic:
    """The fields mean what the settings of a `[[topic]]` of the same name mean; ``properties`` are its `client`, with
    the secrets in it, so it is never logged. ``static_identity`` begins each member's own id (`group.instance.id`);
    "" = members are dynamic."""

    name: str
    topic: str
    brokers: str
    group: str
    group_protocol: Literal["auto", "classic", "consumer"] = "auto"
    static_identity: str = ""
    session_timeout_seconds: float = 10.0
    start: Literal["earliest", "latest"] = "earliest"
    revoke_timeout_seconds: float = 5.0
    commit_interval_seconds: float = 1.0
    dead_letter_topic: str = ""
    stuck_seconds: float = STUCK_SECONDS
    properties: Mapping[str, PropertyValue] = field(default_factory=dict, repr=False)
